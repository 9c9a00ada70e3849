/**
 * A shell script that prints everything about a PC that a program could leave behind: /etc byte by byte, the names of all
 * files, units, mounts, networking, processes. What differs from minute to minute by itself is left out, and what a kernel
 * module makes when it is loaded (ip6tnl0, kernel threads): those stay until the next boot.
 */
export const PC_STATE = `
export LC_ALL=C
# systemd answers late, or not at all, while it takes up changed units on a busy machine.
asked() { until said=$(systemctl "$@" --no-legend --no-pager --plain) && [ -n "$said" ]; do sleep 1; done; echo "$said"; }
echo '== /etc'
find /etc -xdev -printf '%p %y %m %U:%G %l\\n' | sort
find /etc -xdev -type f -print0 | sort -z | xargs -0 sha256sum
echo '== files'
find / -xdev ! -path '/var/log/*' ! -path '/tmp/*' ! -path '/var/tmp/*' ! -path '/var/lib/systemd/*' -printf '%p %y %m %U:%G\\n' | sort
ls -A /run | grep -v '^systemd$'
echo '== units'
asked list-unit-files | sort
asked list-units --type=service,socket,timer,mount --state=active | cut -d' ' -f1 |
  grep -vE '^(user(-runtime-dir)?@|run-user-|systemd-(hostnamed|tmpfiles-clean)|proc-sys-fs-binfmt)' | sort
echo '== mounts'
grep -vE ' /(run/user|proc/sys/fs/binfmt_misc)' /proc/self/mounts
echo '== network'
nft list ruleset
ip rule; ip -6 rule
ip route show table all | grep -v ip6tnl0; ip -6 route show table all | grep -vE 'expires|ip6tnl0'
ip -o address | sed 's/valid_lft.*//'
ip -o link | cut -d: -f2 | grep -v ip6tnl0
ip netns
ss -H -lntup | tr -s ' ' | cut -d' ' -f1,5 | sort
sysctl -a 2>/dev/null | grep -E '^(net\\.ipv[46]\\.(ip_|conf)|net\\.core|vm)\\.' | grep -vE 'stat_refresh|ip6tnl0'
echo '== processes'
ps --ppid 2 -p 2 --deselect -o user,comm --no-headers |
  grep -vE ' (ps|sort|uniq|grep|sh|\\(sd-pam\\)|\\(udev-worker\\)|systemd|systemd-(hostnam|tmpfile).*)$' | sort | uniq
`;

/** What is in only one of two states: `+` in the later, `-` in the earlier one. */
export function differences(before: string, after: string): readonly string[] {
  const old = new Set(before.split('\n'));
  const now = new Set(after.split('\n'));
  return [
    ...[...old.difference(now)].map((line) => `- ${line}`),
    ...[...now.difference(old)].map((line) => `+ ${line}`),
  ];
}
