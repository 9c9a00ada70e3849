/** Ports a member uses. Only the first group is seen on the LAN; DHCP's 67 and 68 are the standard's. */
export const PORTS = {
  /** UDP, LAN: signed SSDP. */
  ssdp: 1900,
  /** UDP, LAN: WireGuard; the next free one where it is taken (announced). */
  wireguard: 51820,
  /** UDP, overlay only: probes and gossip. */
  gossip: 7901,
  /** TCP, overlay only: the agents' API among themselves. */
  api: 7902,
  /** UDP, overlay only: the balancers' words about load. */
  load: 7903,
  /** TCP, overlay only: the relays' byte streams of jobs. */
  relay: 51822,
} as const;

/** UDP ports a member must be reached at on the LAN. `wireguard`: the port it took; 0 or undefined where it has none yet. */
export function lanPorts(wireguard: number | undefined): readonly number[] {
  return [PORTS.ssdp, wireguard || PORTS.wireguard];
}

/** TCP, overlay only: NFS, one port for each user whose jobs are away (the port is the identity, evidence f4 §1). */
export const NFS_PORTS = { first: 20_000, last: 29_999 } as const;
