/** Where things are on a member. A head's agent is told another `state` folder; nodes keep everything in RAM. */
export const PATHS = {
  run: '/run/plumpos',
  /** HTTP API of the agent, for local users (their uid is taken from the kernel). */
  agentSocket: '/run/plumpos/agent.sock',
  /** The node's configuration, written by the boot scripts: {@link NodeConfig}; mode 0600, holds the secret. */
  nodeConfig: '/run/plumpos/config.json',
  /** What tty1 shows, kept current by the agent. */
  screen: '/run/plumpos/screen',
  /** openMosix' /proc/hpc, as files. */
  hpc: '/run/hpc',
  headState: '/var/lib/plumpos',
} as const;
