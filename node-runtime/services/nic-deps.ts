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
