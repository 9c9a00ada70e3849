/** A kind of job of test/fixtures/soak/job.sh. */
interface Kind {
  /** It ends with. */
  readonly status: number;
  /** Does it append what it counts to a file, too? */
  readonly witness: boolean;
  /** Ticks of half a second at least, for a start; `awk` has none and is busy instead. */
  readonly ticks: readonly [number, number];
}

const usual = { witness: true, ticks: [120, 400] } as const;

/** Programs the jobs of a soak are. */
export const KINDS = {
  shell: { ...usual, status: 3 },
  perl: { ...usual, status: 4 },
  python: { ...usual, status: 5 },
  node: { ...usual, status: 9 },
  threads: { ...usual, status: 8 },
  awk: { ...usual, status: 6 },
  tree: { ...usual, status: 7 },
  stream: { ...usual, status: 0, witness: false },
} as const satisfies Record<string, Kind>;

export type KindName = keyof typeof KINDS;

/** What one job is: known before it starts. */
export interface JobPlan {
  /** Unique in a soak: names its files. */
  readonly id: string;
  readonly kind: KindName;
  /** It counts so far. */
  readonly ticks: number;
  /** Option of `plumpos run`. */
  readonly where: '--best' | '--home';
}

/** Everything a job writes to its output, whatever happens to it. */
export function rightOutput(ticks: number): readonly string[] {
  return [...numbers(ticks), 'whole'];
}

/** What it appends to its file. */
export function numbers(ticks: number): readonly string[] {
  return Array.from({ length: ticks }, (_, index) => `${index + 1}`);
}
