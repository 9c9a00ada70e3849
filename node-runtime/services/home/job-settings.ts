import { readFileSync } from 'node:fs';
import { boolean, type Decoded, integer, object, optional } from '../../base/decoder.ts';
import type { HomeSettings } from '../../core/jobs/home-context.ts';
import { PlumpError } from '../../base/errors.ts';
import { DECAY, type Decay, MOST_INTERVAL_S } from '../../model/decay.ts';
import { LEAST_SPEED, MOST_SPEED, STANDARD_SPEED } from '../../model/speed.ts';
import { replaceFile } from '../../system/replace-file.ts';

/** What `plumpos ctl` sets, as it is kept. */
const decodeJobSettings = object({
  /** Takes no guests. */
  block: optional(boolean),
  /** No automatic moves. */
  stay: optional(boolean),
  /** Own jobs stay at home. */
  lstay: optional(boolean),
  /** Load is neither told nor heard. */
  quiet: optional(boolean),
  /** Own jobs were brought home and stay there until nolstay. */
  brought: optional(boolean),
  lostTtlSeconds: optional(integer(1, 2 ** 31)),
  orphanTtlSeconds: optional(integer(1, 2 ** 31)),
  jobs: optional(integer(1, 250)),
  queue: optional(integer(0, 1_000_000)),
  moves: optional(integer(1, 64)),
  /** Of one CPU, instead of what was measured. */
  speed: optional(integer(LEAST_SPEED, MOST_SPEED)),
  /** The speed at which a CPU-bound process is a load of 100 where loads are shown. */
  yard: optional(integer(LEAST_SPEED, MOST_SPEED)),
  /** As model/decay has them. */
  decaySeconds: optional(integer(1, MOST_INTERVAL_S)),
  slowDecay: optional(integer(0, 1000)),
  fastDecay: optional(integer(0, 1000)),
});
export type JobSettings = Decoded<typeof decodeJobSettings>;

/** What holds where nothing was set. */
const USUAL = {
  lostTtlSeconds: 120,
  orphanTtlSeconds: 900,
  jobs: 250,
  queue: 4000,
  moves: 2,
  yard: STANDARD_SPEED,
  decaySeconds: DECAY.intervalS,
  slowDecay: DECAY.slow,
  fastDecay: DECAY.fast,
} as const;

/** Settings with a value for each number. */
type Known = JobSettings & { readonly [K in keyof typeof USUAL]: number };

/** The settings of a member's jobs, kept in a file. */
export class SettingsFile {
  readonly #file: string;
  #settings: JobSettings;
  /** Hears what was set by hand. */
  onSet: ((names: readonly string[]) => void) | undefined;

  /** @param usual what holds where nothing was set (a head takes no guests until its owner says so) */
  constructor(file: string, usual: JobSettings) {
    this.#file = file;
    this.#settings = { ...usual, ...readSettings(file) };
  }

  get(): Known {
    return { ...USUAL, ...this.#settings };
  }

  /** @throws PlumpError PLUMP_PROTOCOL when a value cannot be, PLUMP_USAGE when two do not fit */
  set(patch: unknown): JobSettings {
    this.#keep({ ...this.#settings, ...(patch as object) });
    this.onSet?.(Object.keys(patch as object));
    return this.get();
  }

  /** What was set, and nothing else. */
  kept(): JobSettings {
    return this.#settings;
  }

  /** All of what was set before takes the place of what is. @throws as {@link set} */
  restore(settings: unknown): void {
    this.#keep(settings);
  }

  #keep(settings: unknown): void {
    const decoded = decodeJobSettings(settings, 'set');
    checkDecay({ ...USUAL, ...decoded });
    replaceFile(this.#file, `${JSON.stringify(decoded)}\n`, 0o600);
    this.#settings = decoded;
  }

  decay(): Decay {
    const { decaySeconds, slowDecay, fastDecay } = this.get();
    return { intervalS: decaySeconds, slow: slowDecay, fast: fastDecay };
  }

  /** As the home needs them. */
  forHome(): HomeSettings {
    const { jobs, queue, lostTtlSeconds, orphanTtlSeconds, moves, stay, lstay, brought } = this.get();
    return {
      jobs,
      queue,
      lostTtlMs: lostTtlSeconds * 1000,
      orphanTtlMs: orphanTtlSeconds * 1000,
      movesPerMember: moves,
      stayHome: lstay === true || brought === true,
      stay: stay === true,
    };
  }
}

function checkDecay({ slowDecay, fastDecay }: Known): void {
  if (slowDecay < fastDecay)
    throw new PlumpError(
      'PLUMP_USAGE',
      `slow decay keeps ${slowDecay} of 1000, fast decay ${fastDecay}: slow must keep as much at least`,
    );
}

function readSettings(file: string): JobSettings {
  try {
    return decodeJobSettings(JSON.parse(readFileSync(file, 'utf8')), file);
  } catch {
    return {};
  }
}
