/** How long a member that leaves takes at most, in milliseconds: each limit is longer than what it waits for. */
export const LEAVE_TIMES = {
  /** Guests are moved elsewhere. */
  guests: 30_000,
  /** Then own jobs end, as far as their hosts answer. */
  ownJobs: 10_000,
  /** Then what is left here is killed, byebye said and leases given back; an agent that hangs in any of that ends itself. */
  agent: 55_000,
  /** Whoever waits for the agent (rootfs' shutdown, systemd, the loop of a head without it) would kill it. */
  killed: 60_000,
  /** Whoever asks for all that gives up. */
  asked: 90_000,
} as const;
