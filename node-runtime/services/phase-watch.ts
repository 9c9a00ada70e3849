import type { Clock } from '../base/clock.ts';
import type { Phase } from '../model/status.ts';
import type { EventRing } from './events.ts';

/** Joining is waited for by people and tests; afterwards a look now and then is enough. */
const LOOK_MS = 500;
const LOOK_JOINED_MS = 5000;

/** Publishes each change of the phase (`agent.joined` …) and calls back regularly, for what shows the phase. */
export class PhaseWatch implements Disposable {
  readonly #clock: Clock;
  readonly #phase: () => Phase;
  readonly #events: EventRing;
  readonly #look: () => void;
  #last: Phase | undefined;
  #timer: Disposable | undefined;

  constructor(clock: Clock, events: EventRing, phase: () => Phase, look: () => void) {
    this.#clock = clock;
    this.#events = events;
    this.#phase = phase;
    this.#look = look;
    this.check();
  }

  /** Looks now, and again later. */
  check(): void {
    this.#timer?.[Symbol.dispose]();
    const phase = this.#phase();
    if (phase !== this.#last) this.#events.publish(`agent.${phase}`, `the agent is ${phase}`, { before: this.#last });
    this.#last = phase;
    this.#look();
    this.#timer = this.#clock.after(phase === 'joined' ? LOOK_JOINED_MS : LOOK_MS, () => this.check());
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
  }
}
