import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { ClusterEvent } from '../model/event.ts';

/** Events kept for those who ask later. */
const MOST_KEPT = 1000;
/** Followers at a time; everybody may follow, so it is bounded. */
const MOST_FOLLOWERS = 64;

/** What happened on this member: the last events, and whoever follows them. Each is a line of the log too. */
export class EventRing {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #kept: ClusterEvent[] = [];
  readonly #followers = new Set<(event: ClusterEvent) => void>();
  #seq = 0;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** How many there have been. */
  get count(): number {
    return this.#seq;
  }

  publish(type: string, text: string, fields: Readonly<Record<string, unknown>> = {}): void {
    const event = { seq: ++this.#seq, time: new Date(this.#clock.wall()).toISOString(), type, text, fields };
    this.#kept.push(event);
    if (this.#kept.length > MOST_KEPT) this.#kept.shift();
    this.#log.info(text, { event: type, ...fields });
    for (const follower of this.#followers) follower(event);
  }

  /** Those kept after number `after`. */
  since(after = 0): readonly ClusterEvent[] {
    return this.#kept.filter((event) => event.seq > after);
  }

  /** Hands over every event from now on until disposed; undefined when too many follow already. */
  follow(follower: (event: ClusterEvent) => void): Disposable | undefined {
    if (this.#followers.size >= MOST_FOLLOWERS) return undefined;
    this.#followers.add(follower);
    return { [Symbol.dispose]: () => void this.#followers.delete(follower) };
  }
}
