/**
 * A shell script that prints everything about a PC that a program could leave behind: /etc byte by byte, the names of all
 * files, units, mounts, networking, users' processes. What differs from minute to minute by itself is left out.
 */
export const PC_STATE = `
export LC_ALL=C
echo '== /etc'
find /etc -xdev -printf '%p %y %m %U:%G %l\\n' | sort
find /etc -xdev -type f -print0 | sort -z | xargs -0 sha256sum
echo '== files'
find / -xdev ! -path '/var/log/*' ! -path '/tmp/*' ! -path '/var/tmp/*' ! -path '/var/lib/systemd/*' -printf '%p %y %m %U:%G\\n' | sort
ls -A /run | grep -v '^systemd$'
echo '== units'
systemctl list-unit-files --no-legend --no-pager --plain | sort
systemctl list-units --type=service,socket,timer,mount --state=active --no-legend --no-pager --plain | cut -d' ' -f1 |
  grep -vE '^(user(-runtime-dir)?@|run-user-|systemd-(hostnamed|tmpfiles-clean)|proc-sys-fs-binfmt)' | sort
echo '== mounts'
grep -vE ' /(run/user|proc/sys/fs/binfmt_misc)' /proc/self/mounts
echo '== network'
nft list ruleset
ip rule; ip -6 rule
ip route show table all; ip -6 route show table all | grep -v expires
ip -o address | sed 's/valid_lft.*//'
ip -o link | cut -d: -f2
ip netns
ss -H -lntup | tr -s ' ' | cut -d' ' -f1,5 | sort
sysctl -a 2>/dev/null | grep -E '^(net\\.ipv[46]\\.(ip_|conf)|net\\.core|vm)\\.' | grep -v stat_refresh
echo '== processes'
ps -eo user,comm --no-headers | grep -vE ' (kworker|ps|sort|grep|sh|find|sha256sum|xargs|\\(sd-pam\\)|systemd$)' | sort | uniq
`;
