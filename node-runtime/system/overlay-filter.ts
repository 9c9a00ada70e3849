import { PORTS } from '../model/ports.ts';
import { OVERLAY_DEVICE } from './wireguard.ts';
import type { RunCommand } from './run-command.ts';

/**
 * The overlay namespace's own packet filter, for `nft -f`. In come only answers, and from members: gossip, the agents'
 * API, NFS and ping. Nothing is forwarded: the jobs' traffic will pass here, and a job must not reach the overlay.
 * @param prefix first four groups of the cluster's prefix
 */
function filterRules(prefix: string): string {
  const member = `iifname "${OVERLAY_DEVICE}" ip6 saddr ${prefix}::/64`;
  return `table inet plumpos
delete table inet plumpos
table inet plumpos {
  chain input {
    type filter hook input priority filter; policy drop;
    iifname "lo" accept
    ct state established,related accept
    ${member} udp dport ${PORTS.gossip} accept
    ${member} tcp dport { ${PORTS.nfs}, ${PORTS.api} } accept
    ${member} icmpv6 type echo-request accept
  }
  chain forward {
    type filter hook forward priority filter; policy drop;
  }
}
`;
}

/** Puts the filter in place, at once and as a whole, whatever was there before. `inside` runs in the namespace. */
export async function setFilter(inside: RunCommand, prefix: string): Promise<void> {
  // As `-`, but nft would open /dev/stdin, a link which somebody must have made at boot.
  await inside('nft', ['-f', '/proc/self/fd/0'], { input: filterRules(prefix) });
}
