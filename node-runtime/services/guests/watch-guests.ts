import type { Clock } from '../../base/clock.ts';
import { messageOf, PlumpError } from '../../base/errors.ts';
import { isForsaken } from '../../core/jobs/forsaken.ts';
import type { Log } from '../../base/log.ts';
import type { GuestRef } from '../../model/guest.ts';
import type { HomeOps } from '../../model/guest-ops.ts';
import type { Guest } from './guest.ts';
import type { Guests } from './guests.ts';

/** What the watch needs. */
export interface GuestWatchDeps {
  readonly guests: Pick<Guests, 'all' | 'discard'>;
  /** A member as the home of its jobs. */
  homeOf(member: string): HomeOps;
  /** Milliseconds since a member was last heard; Infinity when it left or was booted again. */
  silentMs(member: string): number;
  /** A guest ended by itself. */
  ended?(ref: GuestRef): void;
  readonly clock: Clock;
  readonly log: Log;
}

const LOOK_MS = 300;
const TELL_AGAIN_MS = 2000;

/** Sees guests end and tells their homes; ends those whose home fell silent for good, or never sent what it announced. */
export class GuestWatch implements Disposable {
  readonly #deps: GuestWatchDeps;
  readonly #busy = new Set<Guest>();
  #timer: Disposable | undefined;

  constructor(deps: GuestWatchDeps) {
    this.#deps = deps;
    this.#look();
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  #look(): void {
    for (const guest of this.#deps.guests.all()) if (!this.#busy.has(guest)) this.#lookAt(guest);
    this.#timer = this.#deps.clock.after(LOOK_MS, () => this.#look());
  }

  #lookAt(guest: Guest): void {
    const { state } = guest.record;
    if (state === 'running' && !guest.cgroup.populated) this.#during(guest, () => this.#ended(guest));
    else if (this.#isForsaken(guest)) {
      this.#deps.log.warn('nobody wants a guest any more: it is ended', { job: guest.ref.id, home: guest.ref.home });
      this.#during(guest, () => this.#drop(guest));
    }
  }

  #isForsaken({ record: { state, spec }, ref, since, atHome }: Guest): boolean {
    const { clock, silentMs } = this.#deps;
    const homeSilentMs = atHome ? 0 : silentMs(ref.home);
    return isForsaken({ state, orphanMs: spec?.orphanMs, heldMs: clock.now() - since, homeSilentMs });
  }

  async #ended(guest: Guest): Promise<void> {
    const { outOfMemory } = guest.cgroup;
    const text = outOfMemory > 0 ? 'its memory was used up, and the kernel killed it' : undefined;
    await guest.queue.run(async () => guest.note({ state: 'over' }));
    this.#deps.ended?.(guest.ref);
    await this.#drop(guest);
    await this.#tell(guest, text);
  }

  async #tell(guest: Guest, text: string | undefined): Promise<void> {
    const { clock, homeOf, silentMs } = this.#deps;
    while (this.#timer !== undefined && silentMs(guest.ref.home) < Infinity) {
      try {
        return await homeOf(guest.ref.home).exited(guest.ref, text === undefined ? {} : { text });
      } catch (error) {
        // It knows already, from the job's deputy.
        if (error instanceof PlumpError && error.code === 'PLUMP_DENIED') return;
        this.#deps.log.debug('home does not hear that its job ended', { error: messageOf(error) });
        await new Promise<void>((resolve) => void clock.after(TELL_AGAIN_MS, resolve));
      }
    }
  }

  #drop(guest: Guest): Promise<void> {
    return this.#deps.guests.discard(guest.ref);
  }

  #during(guest: Guest, work: () => Promise<void>): void {
    this.#busy.add(guest);
    work()
      .catch((error: unknown) => this.#deps.log.warn('a guest cannot be cleared away yet', { error: messageOf(error) }))
      .finally(() => this.#busy.delete(guest));
  }
}
