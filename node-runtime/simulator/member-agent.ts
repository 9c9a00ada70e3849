import type { BalanceHost } from '../core/balance/balance-host.ts';
import type { NewJob, StartPlace } from '../core/balance/starter.ts';
import type { Clock } from '../base/clock.ts';
import type { Handle, LoadMessage } from '../model/load-message.ts';

/** What decides for a simulated member: our balancer, the rule of MOSIX, or a liar. */
export interface MemberAgent extends Disposable {
  tick(): void;
  receive(from: Handle, message: LoadMessage): void;
  place(job: NewJob, done: (place: StartPlace) => void): void;
  arriving(from: Handle, seq: number): (() => void) | undefined;
  emptier(): void;
  moveEnded(to: Handle, done: boolean): void;
  starved(by: Handle): void;
  allows(member: Handle): boolean;
  gone(member: Handle): void;
  setLeaving(leaving: boolean): void;
}

/** What an agent is given. */
export interface AgentDeps {
  readonly self: Handle;
  readonly host: BalanceHost;
  readonly clock: Clock;
  readonly random: () => number;
  readonly firstVersion: number;
}

/** Makes the agent of one member. */
export type MakeAgent = (deps: AgentDeps) => MemberAgent;
