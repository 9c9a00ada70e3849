import { PlumpError } from '../../base/errors.ts';
import type { GuestRef } from '../../model/guest.ts';
import type { HostOps } from '../../model/guest-ops.ts';

/** Remembered at most; older ones belong to messages that are long dead. */
const MOST = 20_000;

/**
 * The door of a host. Each home reaches its own guests only, and a message that arrives late does no harm: whatever was
 * discarded stays so, and when a move was aborted its other steps no longer count.
 */
export class GuestGate {
  readonly #ops: HostOps;
  readonly #closed: (home: string) => string | undefined;
  readonly #discarded = new Set<string>();
  /** The last aborted move of each guest. */
  readonly #aborted = new Map<string, number>();

  /** @param closed why this member takes no guests of that home now */
  constructor(ops: HostOps, closed: (home: string) => string | undefined) {
    this.#ops = ops;
    this.#closed = closed;
  }

  /** What the member with this overlay address may ask for. */
  for(sender: string): HostOps {
    const ops = this.#ops;
    const own = async <T>(ref: GuestRef, action: () => Promise<T>): Promise<T> => {
      if (ref.home !== sender)
        throw new PlumpError('PLUMP_DENIED', 'only the home of a job may say what becomes of it');
      return action();
    };
    const living = <T>(ref: GuestRef, action: () => Promise<T>) =>
      own(ref, async () => {
        if (this.#discarded.has(nameOf(ref))) throw new PlumpError('PLUMP_REFUSED', 'that copy is gone');
        return action();
      });
    const step = <T>(ref: GuestRef, move: number, action: () => Promise<T>) =>
      living(ref, async () => {
        if (move <= (this.#aborted.get(nameOf(ref)) ?? 0)) throw new PlumpError('PLUMP_REFUSED', 'that move is over');
        return action();
      });
    // A guest on its way turns back while it can: a member that goes would be its end.
    const coming = <T>(ref: GuestRef, action: () => Promise<T>) =>
      living(ref, async () => {
        const closed = this.#closed(sender);
        if (closed !== undefined) throw new PlumpError('PLUMP_REFUSED', closed);
        return action();
      });
    return {
      reserve: (ref, want) => coming(ref, () => ops.reserve(ref, want)),
      start: (ref, ...rest) => living(ref, () => ops.start(ref, ...rest)),
      cantmove: (ref) => living(ref, () => ops.cantmove(ref)),
      quiet: (ref, move) => step(ref, move, () => ops.quiet(ref, move)),
      dump: (ref, to) => step(ref, to.generation, () => ops.dump(ref, to)),
      send: (ref, to) => step(ref, to.generation, () => ops.send(ref, to)),
      unlock: (ref, move) => step(ref, move, () => ops.unlock(ref, move)),
      restore: (ref, ...rest) => coming(ref, () => ops.restore(ref, ...rest)),
      prepared: (ref) => living(ref, () => ops.prepared(ref)),
      go: (ref) => living(ref, () => ops.go(ref)),
      signal: (ref, ...rest) => living(ref, () => ops.signal(ref, ...rest)),
      nice: (ref, nice) => living(ref, () => ops.nice(ref, nice)),
      steer: (ref, traits) => living(ref, () => ops.steer(ref, traits)),
      resume: (ref, move) =>
        living(ref, () => {
          bound(this.#aborted);
          this.#aborted.set(nameOf(ref), Math.max(move, this.#aborted.get(nameOf(ref)) ?? 0));
          return ops.resume(ref, move);
        }),
      discard: (ref) =>
        own(ref, () => {
          bound(this.#discarded);
          this.#discarded.add(nameOf(ref));
          return ops.discard(ref);
        }),
      list: async () => (await ops.list()).filter(({ ref }) => ref.home === sender),
    };
  }

  /** Must images for this guest be refused? */
  gone(ref: GuestRef): boolean {
    return this.#discarded.has(nameOf(ref));
  }
}

function nameOf({ home, id, generation }: GuestRef): string {
  return `${home} ${id} ${generation}`;
}

/** Forgets the oldest when there are too many. */
function bound(remembered: Set<string> | Map<string, number>): void {
  const [oldest] = remembered.keys();
  if (remembered.size >= MOST && oldest !== undefined) remembered.delete(oldest);
}
