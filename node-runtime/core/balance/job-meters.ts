import type { JobHint } from '../../model/job.ts';
import { decayedUse } from './load-meter.ts';

/** What is read of a job that is here, or on its way here. */
export interface JobReading {
  /** Names this life of it. */
  readonly key: string;
  /** It runs, and nothing is being done with it; one that does not is coming, leaving, or stands still. */
  readonly runs: boolean;
  /** Nothing of it ran here yet. */
  readonly coming: boolean;
  /** CPU time its tasks have used here so far (ms). */
  readonly usedMs: number;
  /** And waited for while others had the CPU, by task. */
  readonly waitedMs: ReadonlyMap<number, number>;
  /** Most it may use, 100 = one CPU; undefined: all there is. */
  readonly most: number | undefined;
  readonly hints: readonly JobHint[];
}

/** What a job wants until that is measured: as a program that computes. */
const UNMEASURED = 100;
/** Decisions are about whole jobs, and no measurement is exact: what a job wants is rounded to this (100 = one CPU). */
const GRAIN = 10;
/** And what else is wanted counts from half a job on: a CPU on which little more than the agent runs is idle. */
const REST_GRAIN = 50;
/** Between two readings; a shorter time says nothing (ms). */
const LEAST_MS = 200;

interface Metered<T> {
  readonly reading: T;
  /** CPU wanted between the last two readings; undefined: not read twice yet. 100 = one CPU. */
  readonly wanted: number | undefined;
  readonly weight: number;
  /** What of the whole member's CPU time in between was its (ms). */
  readonly usedMs: number;
  readonly waitedMs: number;
}

/** CPU time of a member so far. */
interface WholeCpu {
  readonly ms: number;
  /** Is what was waited for part of it? */
  readonly waits: boolean;
}

/**
 * How much CPU this member's jobs want, read once a second. A job that waits in the queue of a busy CPU wants as much as one that
 * has it: what it used and what it waited for both count, of all its tasks.
 */
export class JobMeters<T extends JobReading> {
  #jobs = new Map<string, Metered<T>>();
  #atMs = Number.NEGATIVE_INFINITY;
  #cpuMs = 0;
  /** CPU wanted by everything else. */
  #rest = 0;
  /** Wanted by jobs that have gone since the last reading. */
  #gone = 0;

  update(now: number, readings: readonly T[], cpu: WholeCpu): void {
    const ms = now - this.#atMs;
    if (ms < LEAST_MS) return;
    const before = this.#jobs;
    this.#jobs = new Map(readings.map((reading) => [reading.key, metered(before.get(reading.key), reading, ms)]));
    if (Number.isFinite(ms)) this.#rest = this.#restIn(ms, cpu, before);
    this.#atMs = now;
    this.#cpuMs = cpu.ms;
  }

  /** Those that run here, and what they weigh (decayed, 100 = one CPU). */
  running(): { readonly reading: T; readonly weight: number }[] {
    const running = [...this.#jobs.values()].filter(({ reading }) => reading.runs);
    return running.map(({ reading, weight }) => ({ reading, weight: rounded(weight) }));
  }

  /** Everything that was read last. */
  all(): T[] {
    return [...this.#jobs.values()].map(({ reading }) => reading);
  }

  isMeasured(key: string): boolean {
    return this.#jobs.get(key)?.wanted !== undefined;
  }

  /** It is here no more. */
  remove(key: string): void {
    const job = this.#jobs.get(key);
    if (job === undefined) return;
    this.#gone += job.wanted ?? UNMEASURED;
    this.#jobs.delete(key);
  }

  /**
   * CPU wanted here now.
   * @param counts whether this job does: not one that is on its way elsewhere, nor one that is counted otherwise
   */
  work(counts: (key: string) => boolean): number {
    let work = Math.floor(this.#rest / REST_GRAIN) * REST_GRAIN;
    for (const [key, { reading, wanted }] of this.#jobs)
      if ((reading.runs || reading.coming) && counts(key)) work += rounded(wanted ?? UNMEASURED);
    return work;
  }

  /** What was no job's. Jobs that have gone take with them what they used last: as much as there is more than before, at most all they wanted. */
  #restIn(ms: number, cpu: WholeCpu, before: ReadonlyMap<string, Metered<T>>): number {
    let ofJobs = 0;
    for (const { usedMs, waitedMs } of this.#jobs.values()) ofJobs += usedMs + (cpu.waits ? waitedMs : 0);
    const rest = Math.max(0, (100 * (cpu.ms - this.#cpuMs - ofJobs)) / ms);
    let gone = this.#gone;
    for (const [key, { wanted }] of before) if (!this.#jobs.has(key)) gone += wanted ?? UNMEASURED;
    this.#gone = 0;
    return Math.max(rest - gone, Math.min(rest, this.#rest));
  }
}

function rounded(wanted: number): number {
  return Math.round(wanted / GRAIN) * GRAIN;
}

function metered<T extends JobReading>(before: Metered<T> | undefined, reading: T, ms: number): Metered<T> {
  const usedMs = Math.max(0, reading.usedMs - (before?.reading.usedMs ?? 0));
  const waitedMs = waited(before?.reading, reading);
  // While it was frozen or on its way it wanted nothing that could be seen.
  if (before?.reading.runs !== true || !reading.runs)
    return { reading, wanted: undefined, weight: UNMEASURED, usedMs, waitedMs };
  const wanted = Math.min(reading.most ?? Number.POSITIVE_INFINITY, (100 * (usedMs + waitedMs)) / ms);
  const old = before.wanted === undefined ? wanted : before.weight;
  return { reading, wanted, weight: decayedUse(old, wanted, reading.hints), usedMs, waitedMs };
}

/** A task that has come since then has waited since then. */
function waited(before: JobReading | undefined, now: JobReading): number {
  let sum = 0;
  for (const [task, ms] of now.waitedMs) sum += Math.max(0, ms - (before?.waitedMs.get(task) ?? 0));
  return sum;
}
