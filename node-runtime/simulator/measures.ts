import { BALANCE } from '../core/balance/settings.ts';
import { slowness } from '../core/balance/slowness.ts';
import { isLively, type Scenario } from './scenario.ts';
import type { SimJob } from './sim-job.ts';
import type { SimMember } from './sim-member.ts';

/** How often the state of the room is looked at (ms). */
export const LOOK_MS = 100;
/** What is still balanced: within so many jobs of the ideal. */
const WITHIN = 1;

/** What is measured of a room while it runs. */
export class Measures {
  moves = 0;
  maxHops = 0;
  /** Most moves of one job within a minute. */
  mostInMinute = 0;
  slowestMoveS = 0;
  finished = 0;
  lost = 0;
  /** Since when the room has been balanced (s); undefined: it is not. */
  balancedSinceS: number | undefined;
  /** Longest time it was not (s). */
  unbalancedS = 0;
  #unbalancedSinceS: number | undefined;
  /** Longest time a member had nothing to do while another had two jobs per CPU that would be better off there (s). */
  idleS = 0;
  /** Sum over looks of (most crowded ÷ ideal), for the mean. */
  #imbalances = 0;
  #looks = 0;
  /** Sum of (time a job took ÷ time it would take alone on a reference CPU). */
  #slowdowns = 0;
  readonly #idleSince: Float64Array;
  readonly #recent = new Map<SimJob, number[]>();

  constructor(members: number) {
    this.#idleSince = new Float64Array(members).fill(Number.NaN);
  }

  moved(job: SimJob, now: number, seconds: number): void {
    this.moves++;
    this.maxHops = Math.max(this.maxHops, job.moves);
    this.slowestMoveS = Math.max(this.slowestMoveS, seconds);
    const recent = (this.#recent.get(job) ?? []).filter((at) => now - at < 60_000);
    recent.push(now);
    this.#recent.set(job, recent);
    this.mostInMinute = Math.max(this.mostInMinute, recent.length);
  }

  ended(job: SimJob, now: number): void {
    this.finished++;
    this.#recent.delete(job);
    this.#slowdowns += (now - job.startedMs) / 1000 / job.wholeS;
  }

  get slowdown(): number {
    return this.finished === 0 ? 0 : this.#slowdowns / this.finished;
  }

  get imbalance(): number {
    return this.#looks === 0 ? 1 : this.#imbalances / this.#looks;
  }

  /** Looks at the room as it is. Members that lie or leave are not part of what should be balanced. */
  look(members: readonly SimMember[], now: number): void {
    let jobs = 0;
    let worth = 0;
    let slowest = 0;
    for (const member of members) {
      if (!counts(member)) continue;
      jobs += member.cpu.work / 100;
      worth += (member.kind.cpus * member.kind.speed) / 10_000;
      if (member.cpu.work >= 200 * member.kind.cpus)
        slowest = Math.max(slowest, slowness(member.cpu.work, member.kind.cpus, member.kind.speed));
    }
    const ideal = jobs / Math.max(1e-9, worth);
    let balanced = true;
    let most = 0;
    for (const member of members) {
      if (!counts(member)) continue;
      const should = (ideal * member.kind.cpus * member.kind.speed) / 10_000;
      if (Math.abs(member.cpu.work / 100 - should) > WITHIN + 1e-6) balanced = false;
      most = Math.max(most, member.crowd());
      this.#lookAtIdle(member, slowest, now);
    }
    this.#noteBalance(balanced, now / 1000);
    if (jobs === 0) return;
    this.#imbalances += most / ideal;
    this.#looks++;
  }

  #noteBalance(balanced: boolean, nowS: number): void {
    if (balanced) {
      this.balancedSinceS ??= nowS;
      this.#unbalancedSinceS = undefined;
    } else {
      this.balancedSinceS = undefined;
      this.#unbalancedSinceS ??= nowS;
      this.unbalancedS = Math.max(this.unbalancedS, nowS - this.#unbalancedSinceS);
    }
  }

  /** @param slowest of a job where there are two per CPU; a slow PC that could not help it may well be idle. */
  #lookAtIdle(member: SimMember, slowest: number, now: number): void {
    const since = this.#idleSince[member.handle] as number;
    const { margin } = BALANCE;
    if (margin * slowness(100, member.kind.cpus, member.kind.speed) >= slowest || member.cpu.jobs.length > 0)
      this.#idleSince[member.handle] = Number.NaN;
    else if (Number.isNaN(since)) this.#idleSince[member.handle] = now;
    else this.idleS = Math.max(this.idleS, (now - since) / 1000);
  }
}

function counts(member: SimMember): boolean {
  return member.on && !member.leaving && !member.starves;
}

/**
 * Fewest moves that balance what starts at home and never ends: on each member everything above its share (rounded up). Undefined where
 * jobs come and go.
 */
export function leastMoves(scenario: Scenario): number | undefined {
  if (isLively(scenario)) return undefined;
  const kinds = scenario.members.flatMap((group) => Array.from({ length: group.count }, () => group));
  const worth = kinds.map(({ cpus, speed }) => (cpus * speed) / 10_000);
  const all = worth.reduce((sum, one) => sum + one, 0);
  const jobs = scenario.jobs.reduce((sum, group) => sum + group.count, 0);
  const at = new Map<number, number>();
  for (const group of scenario.jobs)
    if (group.home !== 'any' && !group.placed) at.set(group.home, (at.get(group.home) ?? 0) + group.count);
  let least = 0;
  for (const [member, count] of at)
    least += Math.max(0, count - Math.ceil((jobs * (worth[member - 1] ?? 0)) / all - 1e-9));
  return least;
}
