import { readFileSync } from 'node:fs';
import { boolean, type Decoded, integer, object, optional } from '../../base/decoder.ts';
import type { HomeSettings } from '../../core/jobs/home-context.ts';
import { LEAST_SPEED, MOST_SPEED } from '../../model/speed.ts';
import { replaceFile } from '../../system/replace-file.ts';

/** What `plumpos ctl` sets, as it is kept. */
const decodeJobSettings = object({
  /** Takes no guests. */
  block: optional(boolean),
  /** No automatic moves. */
  stay: optional(boolean),
  /** Takes no part in balancing. */
  quiet: optional(boolean),
  /** Own jobs stay at home. */
  lstay: optional(boolean),
  /** Own jobs were brought home and stay there until nolstay. */
  brought: optional(boolean),
  lostTtlSeconds: optional(integer(1, 2 ** 31)),
  orphanTtlSeconds: optional(integer(1, 2 ** 31)),
  jobs: optional(integer(1, 250)),
  queue: optional(integer(0, 1_000_000)),
  moves: optional(integer(1, 64)),
  /** Of one CPU, instead of what was measured. */
  speed: optional(integer(LEAST_SPEED, MOST_SPEED)),
});
export type JobSettings = Decoded<typeof decodeJobSettings>;

/** What holds where nothing was set. */
const USUAL = { lostTtlSeconds: 120, orphanTtlSeconds: 900, jobs: 250, queue: 4000, moves: 2 } as const;

/** Settings with a value for each number. */
type Known = JobSettings & { readonly [K in keyof typeof USUAL]: number };

/** The settings of a member's jobs, kept in a file. */
export class SettingsFile {
  readonly #file: string;
  #settings: JobSettings;

  /** @param usual what holds where nothing was set (a head takes no guests until its owner says so) */
  constructor(file: string, usual: JobSettings) {
    this.#file = file;
    this.#settings = { ...usual, ...readSettings(file) };
  }

  get(): Known {
    return { ...USUAL, ...this.#settings };
  }

  /** @throws PlumpError PLUMP_PROTOCOL when a value cannot be */
  set(patch: unknown): JobSettings {
    const merged = decodeJobSettings({ ...this.#settings, ...(patch as object) }, 'set');
    replaceFile(this.#file, `${JSON.stringify(merged)}\n`, 0o600);
    this.#settings = merged;
    return this.get();
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

function readSettings(file: string): JobSettings {
  try {
    return decodeJobSettings(JSON.parse(readFileSync(file, 'utf8')), file);
  } catch {
    return {};
  }
}
