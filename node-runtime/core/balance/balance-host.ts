import type { AskReason, Handle, LoadMessage } from '../../model/load-message.ts';
import type { JobFacts } from './job-choice.ts';
import type { MoveCost } from './move-cost.ts';

/** What the balancer needs of the member it runs on; the agent and the simulator each bring theirs. */
export interface BalanceHost {
  /** Sends a datagram to another member. It may be lost, doubled or late. Never throws. */
  send(to: Handle, message: LoadMessage): void;
  /** Members that are alive, this one included. */
  members(): number;
  isMember(member: Handle): boolean;
  /** Any other member; undefined when there is none. */
  randomMember(): Handle | undefined;
  /** The jobs that run here now: neither those on their way here nor those on their way from here. */
  jobs(): Iterable<JobFacts>;
  jobCount(): number;
  /** Are jobs of this member there? It takes those back even when it takes no guests; missing: it takes none. */
  hasOwnAt?(member: Handle): boolean;
  /** CPU wanted here now, 100 = one CPU-bound process: jobs and everything else. */
  work(): number;
  cpus(): number;
  /** Of one CPU, calibrated; 10 000 = the reference. */
  speed(): number;
  freeMB(): number;
  /** MB to free before the pressure on memory ends; 0: there is none. */
  shortMB(): number;
  /** What moving costs from here. */
  moveCost(): MoveCost;
  /** Moves of this member's jobs to others that are under way. */
  outgoing(): { readonly count: number; readonly memoryMB: number };
  /**
   * Moves a job to a member that holds room for it under `seq`. {@link Balancer.moveEnded} tells how it went, or
   * {@link Balancer.moveRefused} that it was not begun.
   */
  move(job: JobFacts, to: Handle, seq: number, reason: AskReason): void;
}
