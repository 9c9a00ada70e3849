import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { RunCommand } from '../system/run-command.ts';

/** What everything that looks after a NIC is given. */
export interface NicDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly run: RunCommand;
  /** Uniform in [0, 1). */
  random(): number;
  /** Tells people. */
  publish(event: string, text: string, fields?: Record<string, unknown>): void;
}

/** What one managed NIC is told beside. */
export interface ManagedNicDeps extends NicDeps {
  /** What servers are told that this machine is called. */
  readonly hostname: string;
  /** Folder for small files of ours. */
  readonly scratch: string;
  /** How busybox's client is called. */
  readonly udhcpc: readonly string[];
  onChange(): void;
}

/** How a NIC comes to its address, while its cable is in. */
export interface AddressSource {
  /** As `plumpos status` shows it. */
  readonly state: string;
  /** The cable is out, or somebody wants another source. `giveBack`: a lease is returned to its server. */
  end(giveBack: boolean): Promise<void>;
}
