/** A guest as far as its memory goes. */
interface Sized {
  readonly key: string;
  readonly runs: boolean;
  readonly memoryMB: number;
}

/** So many readings in a row must show growth: what a program takes at its start is none. */
const READINGS = 3;
/** Slower growth is left to the pressure that comes of it (MB/s). */
const LEAST_MBS = 0.5;
/** A move is found, agreed on and begun within this (s). */
const AHEAD_S = 5;
/** Left for the host and for CRIU (core/jobs/host-rules). */
const RESERVE_MB = 28;

interface Grown {
  readonly memoryMB: number;
  /** The last steps, MB/s. */
  readonly rates: readonly number[];
}

/**
 * Guests that grow out of their host. The images of a move are made in memory beside the guest: one that is larger than what is left
 * cannot leave any more, and when tasks begin to wait for memory it is too late for it.
 */
export class MemoryGrowth {
  #guests = new Map<string, Grown>();
  #atMs = Number.NEGATIVE_INFINITY;

  update(now: number, guests: readonly Sized[]): void {
    const seconds = (now - this.#atMs) / 1000;
    if (seconds <= 0) return;
    const running = guests.filter(({ runs }) => runs);
    this.#guests = new Map(running.map(({ key, memoryMB }) => [key, grown(this.#guests.get(key), memoryMB, seconds)]));
    this.#atMs = now;
  }

  /** Size of the smallest guest that soon could not leave any more, if it grows on; 0: there is none. */
  outgrownMB(freeMB: number): number {
    const growing = [...this.#guests.values()].filter((guest) => {
      const more = AHEAD_S * steadyRate(guest);
      return more > 0 && guest.memoryMB + more > freeMB - more - RESERVE_MB;
    });
    return growing.length === 0 ? 0 : Math.max(1, Math.floor(Math.min(...growing.map(({ memoryMB }) => memoryMB))));
  }
}

function grown(before: Grown | undefined, memoryMB: number, seconds: number): Grown {
  if (before === undefined) return { memoryMB, rates: [] };
  return { memoryMB, rates: [...before.rates, (memoryMB - before.memoryMB) / seconds].slice(-READINGS) };
}

function steadyRate({ rates }: Grown): number {
  const rate = Math.min(...rates);
  return rates.length < READINGS || rate < LEAST_MBS ? 0 : rate;
}
