import { type Handle, type LoadMessage, OFFER } from '../../model/load-message.ts';
import { type BalanceContext, strainIn } from './balance-context.ts';
import type { ClusterEstimate } from './cluster-estimate.ts';
import { roomFor } from './room.ts';
import { betterOff, capacity, slowness, type Strain } from './slowness.ts';
import { knowsBetter } from './targets.ts';

/** Weight of the job an offer is made for: what is offered is room for CPU-bound ones. */
export const CPU_BOUND = 100;
/** Who had nothing to give is not offered room again for so long. */
const DECLINED_MS = 1000;
/** Milliseconds after which another offer is made when nothing came of the last one. */
const OFFER_AGAIN_MS = 500;

/** A member that has too much to do, as it is known. */
interface Crowded {
  readonly member: Handle;
  readonly strain: Strain;
}

/** Probe and reserve, the target's side: answers questions, and offers room to the crowded without being asked. */
export class Taker {
  readonly #context: BalanceContext;
  #offerSeq = OFFER;
  #offeredMs = Number.NEGATIVE_INFINITY;

  constructor(context: BalanceContext) {
    this.#context = context;
  }

  /** Reserves what there is room for and says so; a refusal is an answer, too. */
  asked(from: Handle, message: LoadMessage & { kind: 'ask' }): void {
    const { reservations, settings, clock } = this.#context;
    const { seq, weight, memoryMB } = message;
    const there = strainIn(message.entries);
    const jobs = this.#room({ ...message, offered: false, from: there });
    if (jobs > 0) reservations.hold(from, seq, jobs, weight, memoryMB, clock.now() + settings.reserveMs);
    const sent = this.#context.send(from, this.#grant(seq, jobs, weight));
    if (!sent && jobs > 0) reservations.release(from, seq, jobs);
  }

  /** What was not used is free again. Who asked for it broke its word; who was only offered it did not need it. */
  expire(): void {
    const { reservations, trust, refused, clock } = this.#context;
    const now = clock.now();
    for (const { from, seq } of reservations.expire(now))
      if (seq < OFFER) trust.broken(from, now);
      else refused.set(from, now + DECLINED_MS);
  }

  /** Offers room to one crowded member, if there is room here and somebody knows of work that waits. */
  offer(): void {
    const { clock, host, random, settings } = this.#context;
    const now = clock.now();
    if (this.#context.leaving || host.shortMB() > 0 || host.members() < 2) return;
    if (now - this.#offeredMs < OFFER_AGAIN_MS) return;
    const own = this.#context.promised();
    const estimate = this.#context.estimate();
    const crowded = this.#chooseCrowded(own, estimate);
    if (crowded === undefined) return;
    const { under, excess, mean } = estimate;
    // All that are under the mean together should make so many offers as the crowded can use, and no more: each of these gets its part
    // of them by what it has too much.
    const above = Math.max(100, crowded.strain.work - mean * capacity(crowded.strain));
    const part = Math.min(1, above / Math.max(100, excess));
    if (random() * part * Math.max(1, under) > settings.offersPerSecond) return;
    this.#offeredMs = now;
    const jobs = this.#room({
      reason: 'load',
      jobs: settings.mostIncoming,
      weight: CPU_BOUND,
      memoryMB: settings.offeredMB,
      mean,
      offered: true,
      from: crowded.strain,
    });
    if (jobs > 0) this.#makeOffer(crowded.member, jobs);
  }

  /** A crowded member had nothing to give: with a CPU idle here another one is tried at once. */
  declined(from: Handle): void {
    const { refused, clock, host } = this.#context;
    refused.set(from, clock.now() + DECLINED_MS);
    if (this.#context.promised().work > 100 * host.cpus() - CPU_BOUND) return;
    this.#offeredMs = Number.NEGATIVE_INFINITY;
    this.offer();
  }

  #makeOffer(member: Handle, jobs: number): void {
    const { reservations, settings, clock } = this.#context;
    const seq = (this.#offerSeq = this.#offerSeq >= 0xffff_ffff ? OFFER : this.#offerSeq + 1);
    reservations.hold(member, seq, jobs, CPU_BOUND, settings.offeredMB, clock.now() + settings.reserveMs);
    if (!this.#context.send(member, this.#grant(seq, jobs, CPU_BOUND))) reservations.release(member, seq, jobs);
  }

  #room(wanted: Parameters<typeof roomFor>[0]): number {
    const context = this.#context;
    const own = context.promised();
    const there = {
      own,
      freeMB: context.freeMB(),
      incoming: context.reservations.jobs,
      closed: context.closed() && !wanted.offered,
      estimate: context.estimate(),
      betterKnown: wanted.reason === 'load' && !wanted.offered && knowsBetter(context, own, wanted.weight),
    };
    return roomFor(wanted, there, context.settings);
  }

  /** One of the crowded from which a job would be better off here, by chance, the more the more it has too much. */
  #chooseCrowded(own: Strain, { mean, scale }: ClusterEstimate): Crowded | undefined {
    const { view, settings, random, knobs, host } = this.#context;
    const now = this.#context.clock.now();
    const least = slowness(own.work + settings.margin * CPU_BOUND, own.cpus, own.speed);
    let chosen: Crowded | undefined;
    let all = 0;
    for (const table of [view.crowded, view.sample])
      for (let slot = 0; slot < table.size; slot++) {
        if (table.slownessAt(slot) <= least) continue;
        const member = table.memberAt(slot, now, settings.mostAgeMs);
        if (member === undefined || !this.#context.isWorthAsking(member)) continue;
        if (knobs.block && host.hasOwnAt?.(member) !== true) continue;
        // The crowded stand for themselves, one of the sample for many.
        if (table === view.sample && view.crowded.slotOf(member) >= 0) continue;
        const strain = table.strainAt(slot);
        if (!betterOff(strain, own, CPU_BOUND, settings)) continue;
        const above = Math.max(100, strain.work - mean * capacity(strain)) * (table === view.sample ? scale : 1);
        all += above;
        if (random() * all < above) chosen = { member, strain };
      }
    return chosen;
  }

  #grant(seq: number, jobs: number, weight: number): LoadMessage {
    const promised = Math.round(Math.max(0, this.#context.promised().work - jobs * weight));
    return { kind: 'grant', seq, jobs, promised, entries: this.#context.entry() };
  }
}
