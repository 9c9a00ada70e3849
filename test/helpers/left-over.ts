import type { LabUnderTest } from './lab.ts';

/**
 * On every member: of guests, of jobs of its own, and of what it lets others do with its files. `ip` by its path: the shell of
 * a node would take its own, which knows no namespaces.
 */
const LOOK = [
  'ls /run/plumpos/guests | sed "s/^/guest /"',
  'ls /run/netns | sed -n "s/^j/network namespace j/p"',
  'ls -d /sys/fs/cgroup/plumpos-jobs/*/ 2>/dev/null | sed "s/^/cgroup /"',
  'grep -o "/run/plumpos/guests[^ ]*" /proc/mounts | sed "s/^/mount /"',
  'pidof criu | sed "s/^/criu /"',
  '/usr/bin/ip -n plumpos -o link | grep -o " v[0-9a-f]*-[0-9]*" | sed "s/^/cable/"',
  '/usr/bin/ip -n plumpos -4 route show table all | grep -o "198[.]18[.][0-9.]*" | sed "s/^/route to /"',
  'ls /run/plumpos/relay 2>/dev/null | sed -n -e "s/^in-/entry of the relay &/p" -e "s/^out-/entry of the relay &/p"',
  'ls /run/plumpos/jobs /var/lib/plumpos/jobs 2>/dev/null | sed -n "s/[.]json.*/ in the journal/p"',
  'grep -o "\\"state\\":\\"[a-z]*\\"" /run/plumpos/exports.json 2>/dev/null | grep -v closed | sed "s/^/export with /"',
];
/** Alice's, who is no user of a node. */
const LOOK_AT_NODE = 'grep -l "^Uid:.1000" /proc/[0-9]*/status 2>/dev/null | sed "s/^/process /"';
/** CRIU's names for open files without one. */
const LOOK_AT_HOME = 'find /home/alice -maxdepth 2 -name "link_remap.*" | sed "s/^/file /"';
const WAIT_SECONDS = 180;

/** What is still on the members when every job is over, at once or after much too long. */
export async function leftOver(
  lab: LabUnderTest,
  { home, nodes }: { readonly home: string; readonly nodes: readonly string[] },
): Promise<string[]> {
  const ofMember = async (member: string): Promise<string[]> => {
    const script = [...LOOK, member === home ? LOOK_AT_HOME : LOOK_AT_NODE, 'true'].join('; ');
    const look = () => lab.on(member, 'sh', '-c', script);
    const text = await lab.until(look, (found) => found === '', WAIT_SECONDS);
    return text.split('\n').flatMap((line) => (line === '' ? [] : [`${line} on ${member}`]));
  };
  return (await Promise.all([home, ...nodes].map(ofMember))).flat();
}
