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
  /** TCP, overlay only: the relays' byte streams of jobs. */
  relay: 51822,
  /** TCP, overlay only: NFS. */
  nfs: 2049,
} as const;
