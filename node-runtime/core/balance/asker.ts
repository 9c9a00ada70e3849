import { type Handle, type LoadMessage, OFFER } from '../../model/load-message.ts';
import { type BalanceContext, strainIn, takesOnlyOwn } from './balance-context.ts';
import type { Grant } from './grants.ts';

/** Who had no room is not asked again for so long. */
const REFUSED_MS = 2000;

/** What is asked of every member of a round. */
export type Question = Pick<LoadMessage & { kind: 'ask' }, 'reason' | 'jobs' | 'weight' | 'memoryMB' | 'mean'>;

interface Round {
  readonly question: Question;
  /** Who has not answered yet, and whether it looked as if it had room. */
  readonly waiting: Map<Handle, boolean>;
  readonly grants: Grant[];
  readonly done: (grants: readonly Grant[]) => void;
  readonly timer: Disposable;
}

/** Probe and reserve, the sender's side: asks some members at once and collects what they reserved. */
export class Asker {
  readonly #context: BalanceContext;
  readonly #rounds = new Map<number, Round>();
  #seq = 0;

  constructor(context: BalanceContext) {
    this.#context = context;
  }

  /**
   * Asks `best` (which look as if they had room) and `others`. `done` is called once, when all have answered or the time is over.
   * @returns whether anybody was asked: the budget may be used up.
   */
  ask(best: readonly Handle[], others: readonly Handle[], question: Question, done: Round['done']): boolean {
    const { settings, clock } = this.#context;
    const seq = (this.#seq = (this.#seq + 1) % OFFER);
    const waiting = new Map<Handle, boolean>();
    const entries = this.#context.entry();
    for (const member of new Set([...best, ...others])) {
      if (member === this.#context.self || !this.#context.isWorthAsking(member)) continue;
      if (!this.#context.send(member, { kind: 'ask', seq, ...question, entries })) break;
      waiting.set(member, best.includes(member));
    }
    if (waiting.size === 0) return false;
    const timer = clock.after(settings.roundMs, () => this.#end(seq));
    this.#rounds.set(seq, { question, waiting, grants: [], done, timer });
    return true;
  }

  /** An answer. Late ones are worth nothing more: their reservation is given back. */
  granted(from: Handle, message: LoadMessage & { kind: 'grant' }): void {
    const { clock, settings, trust } = this.#context;
    const round = this.#rounds.get(message.seq);
    const promising = round?.waiting.get(from);
    if (round === undefined || promising === undefined) {
      if (message.jobs > 0) this.giveBack(from, message.seq, message.jobs);
      return;
    }
    round.waiting.delete(from);
    const now = clock.now();
    const jobs = Math.min(message.jobs, round.question.jobs);
    // It may have filled up since it was heard of; one whose own word in this very answer shows room is another matter.
    const there = { ...strainIn(message.entries), work: message.promised };
    if (jobs === 0) this.#context.refused.set(from, now + REFUSED_MS);
    if (jobs === 0 && promising && there.work < there.cpus * 50) trust.broken(from, now);
    if (jobs > 0) {
      const { weight, memoryMB } = round.question;
      const until = now + settings.reserveMs * 0.8;
      const ownOnly = takesOnlyOwn(message.entries);
      round.grants.push({ member: from, seq: message.seq, jobs, weight, memoryMB, until, there, ownOnly });
    }
    if (round.waiting.size === 0) this.#end(message.seq);
  }

  giveBack(member: Handle, seq: number, jobs: number): void {
    this.#context.send(member, { kind: 'release', seq, jobs, entries: this.#context.entry() });
  }

  [Symbol.dispose](): void {
    for (const { timer } of this.#rounds.values()) timer[Symbol.dispose]();
    this.#rounds.clear();
  }

  #end(seq: number): void {
    const round = this.#rounds.get(seq);
    if (round === undefined) return;
    this.#rounds.delete(seq);
    round.timer[Symbol.dispose]();
    round.done(round.grants);
  }
}
