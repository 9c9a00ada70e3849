import type { HomeBalance } from '#runtime/core/jobs/home-context.ts';
import type { HostOps } from '#runtime/model/guest-ops.ts';
import type { MemoryHost } from './memory-host.ts';

/** Balancers of the members of a room, by the names of those. */
interface RoomBalance {
  readonly home: HomeBalance;
  /** The host, using what the balancer there promised. */
  door(host: MemoryHost): HostOps;
}

/** What may be special about a room. */
export interface RoomOptions {
  readonly locks?: boolean;
  readonly hosts?: readonly string[];
  readonly balance?: RoomBalance;
}
