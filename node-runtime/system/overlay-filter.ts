import { hash } from 'node:crypto';
import { NFS_PORTS, PORTS } from '../model/ports.ts';
import { OVERLAY_DEVICE } from './wireguard.ts';
import { nftProgram } from './nft.ts';
import type { RunCommand } from './run-command.ts';

/** Names of the table's sets: what may come and go while the rules stay. */
export const FILTER_SETS = {
  /** (member, port): NFS listeners open to a member. */
  nfsOpen: 'nfs_open',
  /** (interface, address): jobs' addresses and the interface their packets come and go by. */
  jobs: 'jobs',
  /** port -> address: what arrives at home for a job. */
  published: 'published',
} as const;

/** Interface of the way out of a job's network at home. */
export const HOME_EXIT = 'psl0';
/** More connections of one member to one NFS listener than a client makes. */
const NFS_CONNECTIONS = 3;
/** IPv4 in IPv6: the tunnels of jobs' packets. */
const IPIP = 4;
const OUTER = `{ "pj*", "v*", "${HOME_EXIT}" }`;

/**
 * The overlay namespace's own packet filter, for `nft -f`. In come only answers, and from members: gossip, load, the agents'
 * API, relays, ping, jobs' tunnels, and NFS where it was opened to that member: those rules stand before the one for
 * established connections, so that closing a port stops what is connected (evidence f7 §1). Forwarded are only jobs'
 * packets, from the address that is the job's, by the interface it is behind; a job never reaches the overlay itself.
 * @param prefix first four groups of the cluster's prefix
 */
function filterRules(prefix: string): string {
  const member = `iifname "${OVERLAY_DEVICE}" ip6 saddr ${prefix}::/64`;
  const nfs = `tcp dport ${NFS_PORTS.first}-${NFS_PORTS.last}`;
  return `
  set ${FILTER_SETS.nfsOpen} { type ipv6_addr . inet_service; }
  set nfs_count { type ipv6_addr . inet_service; flags dynamic; }
  set ${FILTER_SETS.jobs} { type ifname . ipv4_addr; }
  map ${FILTER_SETS.published} { type inet_service : ipv4_addr; }
  chain input {
    type filter hook input priority filter; policy drop;
    iifname "lo" accept
    ${member} ${nfs} ct state new add @nfs_count { ip6 saddr . tcp dport ct count over ${NFS_CONNECTIONS} } reject with tcp reset
    ${member} ${nfs} ip6 saddr . tcp dport @${FILTER_SETS.nfsOpen} accept
    iifname "${OVERLAY_DEVICE}" ${nfs} reject with tcp reset
    ct state established,related accept
    ${member} udp dport { ${PORTS.gossip}, ${PORTS.load} } accept
    ${member} tcp dport { ${PORTS.api}, ${PORTS.relay} } accept
    ${member} meta l4proto ${IPIP} accept
    ${member} icmpv6 type echo-request accept
  }
  chain forward {
    type filter hook forward priority filter; policy drop;
    iifname . ip saddr @${FILTER_SETS.jobs} oifname ${OUTER} accept
    oifname . ip daddr @${FILTER_SETS.jobs} iifname ${OUTER} accept
  }
  chain arrival {
    type nat hook prerouting priority dstnat;
    iifname "${HOME_EXIT}" dnat ip to tcp dport map @${FILTER_SETS.published}
  }
  chain exit {
    type nat hook postrouting priority srcnat;
    oifname "${HOME_EXIT}" masquerade
  }
`;
}

/**
 * Puts the filter in place, at once and as a whole. One with the same rules stays as it is, with what its sets hold: jobs
 * go on while an agent is started again. `inside` runs in the namespace; one that is `fresh` is not asked first.
 */
export async function setFilter(inside: RunCommand, prefix: string, fresh = false): Promise<void> {
  const rules = filterRules(prefix);
  const comment = `plumpos ${hash('sha256', rules).slice(0, 16)}`;
  const list = ['-t', 'list', 'table', 'inet', 'plumpos'];
  const now = fresh ? '' : await inside('nft', list).catch(() => '');
  if (now.includes(`comment "${comment}"`)) return;
  const text = `table inet plumpos\ndelete table inet plumpos\ntable inet plumpos {\n  comment "${comment}"${rules}}\n`;
  await nftProgram(inside)(text);
}
