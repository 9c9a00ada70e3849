import { mkdirSync } from 'node:fs';
import { PlumpError } from '../../base/errors.ts';
import { isFit } from '../../core/jobs/host-rules.ts';
import { launchMounts, mountRecord } from '../../core/jobs/job-mounts.ts';
import type { Started } from '../../model/guest.ts';
import type { JobSpec, Stdio } from '../../model/job-spec.ts';
import { makeGuestDev, removeMounts } from '../../system/guest-dev.ts';
import { runShim, type ShimRecord } from '../../system/shim.ts';
import { findBegun } from './begun-guest.ts';
import type { Guest } from './guest.ts';

const LAUNCH_MS = 60_000;

/** Starts the guest's program in its namespaces. Done already: says again what became of it. */
export async function startGuest(guest: Guest, spec: JobSpec, token: string): Promise<Started> {
  if (token !== guest.record.token) throw new PlumpError('PLUMP_REFUSED', 'another token was agreed on for this job');
  if (!guest.atHome && !isFit(spec)) throw new PlumpError('PLUMP_REFUSED', 'it cannot leave its home');
  if (guest.record.started) return guest.record.started;
  const begun = guest.record.state === 'starting' ? await findBegun(guest) : undefined;
  if (begun !== undefined) return runs(guest, begun);
  guest.note({ spec, state: 'starting' });
  await prepareAround(guest, spec);
  // Before the program is there: one that cannot be connected never ran.
  await guest.connect();
  const launch = () => runShim({ args: ['launch'], records: records(guest, spec), timeoutMs: LAUNCH_MS });
  const end = spec.nfs ? await guest.world.identifiers.use(spec.nfs.identifier, launch) : await launch();
  const started = answerOf(end.out || end.err);
  if (started.pid === undefined) {
    await guest.clear();
    guest.note({ started: started.started, state: 'over' });
    return started.started;
  }
  return runs(guest, started.pid);
}

function runs(guest: Guest, pid: number): Started {
  guest.openRelay();
  guest.note({ started: {}, pid, state: 'running' });
  return {};
}

async function prepareAround(guest: Guest, spec: JobSpec): Promise<void> {
  const { links } = guest.world;
  mkdirSync(guest.paths.root, { recursive: true });
  removeMounts([guest.paths.dev]);
  makeGuestDev(guest.paths.dev);
  guest.cgroup.make(spec.limits);
  if (guest.address !== undefined) await links.make(guest.names, guest.address);
}

/** `started PID`, `exec ERRNO TEXT` or `failed STAGE ERRNO TEXT`. */
function answerOf(line: string): { started: Started; pid?: number } {
  const [word, number, ...text] = line.trim().split(' ');
  if (word === 'started') return { started: {}, pid: Number(number) };
  if (word === 'exec') return { started: { exec: Number(number), text: text.join(' ') } };
  throw new PlumpError('PLUMP_REFUSED', `the job cannot be started: ${line.trim().slice(0, 500) || 'no answer'}`);
}

function records(guest: Guest, spec: JobSpec): ShimRecord[] {
  const { paths, names, ref, world } = guest;
  const ends = { home: ref.home, self: world.self };
  const fixed: Record<string, string> = {
    id: ref.id,
    overlayns: world.namespaceFile,
    cgroup: guest.cgroup.folder,
    root: paths.root,
    host: spec.hostName,
    uid: String(spec.user.uid),
    gid: String(spec.user.gid),
    pid: String(spec.pid),
    umask: spec.umask.toString(8),
    nice: String(spec.nice),
    cwd: spec.cwd,
    socket: '/dev/.plumpos/shim',
  };
  const { terminal } = spec;
  return [
    ...Object.entries(fixed),
    ...(guest.address === undefined ? [] : [['netns', names.namespace] as const]),
    ...launchMounts(spec, paths, ends).map((one) => ['mount', mountRecord(one)] as const),
    ...spec.user.groups.map((group) => ['group', String(group)] as const),
    ...spec.rlimits.map(({ resource, soft, hard }) => ['rlimit', `${resource}:${soft}:${hard}`] as const),
    ...spec.stdio.map((one, fd) => ['fd', `${fd}:${stdioText(one)}`] as const),
    ...(terminal ? [['tty', `${terminal.rows}:${terminal.columns}:${terminal.termios}`] as const] : []),
    ...(spec.ignore === undefined ? [] : [['ignore', spec.ignore] as const]),
    ...spec.argv.map((one) => ['arg', one] as const),
    ...spec.env.map((one) => ['env', one] as const),
  ];
}

function stdioText(stdio: Stdio): string {
  if (typeof stdio === 'string') return stdio;
  return 'same' in stdio ? `same:${stdio.same}` : `file:${stdio.flags}:${stdio.offset}:${stdio.path}`;
}
