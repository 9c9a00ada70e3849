import { seededRandom } from '#runtime/base/seeded-random.ts';

/** Randomness of one fuzz run. Print `seed`; PLUMPOS_SEED=… repeats the run. */
export interface Fuzz {
  readonly seed: number;
  readonly random: () => number;
  /** A whole number in [0, most). */
  below(most: number): number;
  bytes(length: number): Buffer;
  /** A copy with a few bytes changed, cut off, doubled or inserted. */
  mutate(bytes: Buffer): Buffer;
}

/** A fuzz run with the seed of PLUMPOS_SEED, or a new one. */
export function startFuzz(): Fuzz {
  const seed = Number(process.env['PLUMPOS_SEED'] ?? Math.floor(Math.random() * 2 ** 32));
  const random = seededRandom(seed);
  const below = (most: number) => Math.floor(random() * most);
  const bytes = (length: number) => Buffer.from(Array.from({ length }, () => below(256)));
  const mutate = (input: Buffer) => {
    let out = Buffer.from(input);
    for (let times = 1 + below(4); times > 0; times--) {
      const at = below(out.length + 1);
      const kind = below(5);
      if (kind === 0) out = out.subarray(0, at);
      else if (kind === 1) out = Buffer.concat([out.subarray(0, at), bytes(1 + below(8)), out.subarray(at)]);
      else if (kind === 2) out = Buffer.concat([out.subarray(0, at), out.subarray(Math.max(0, at - 1 - below(16)))]);
      else if (out.length > 0)
        out[at % out.length] = kind === 3 ? below(256) : (out[at % out.length] ?? 0) ^ (1 << below(8));
    }
    return out;
  };
  return { seed, random, below, bytes, mutate };
}
