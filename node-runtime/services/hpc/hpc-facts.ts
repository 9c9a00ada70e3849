import type { Clock } from '../../base/clock.ts';
import { VERSION } from '../../base/version.ts';
import type { HpcFacts, HpcGuest } from '../../core/hpc/hpc-files.ts';
import type { HpcJob } from '../../core/hpc/job-files.ts';
import { isInOrder, type Job } from '../../core/jobs/job.ts';
import { LOCKED } from '../../core/jobs/placement.ts';
import { NO_MASK } from '../../model/job-mask.ts';
import type { Guest } from '../guests/guest.ts';
import type { SettingsFile } from '../home/job-settings.ts';
import type { Jobs } from '../home/jobs.ts';
import type { NodeView } from '../../model/member.ts';

/** What the facts are made from. */
export interface FactsDeps {
  jobs(): Jobs | undefined;
  nodes(): readonly NodeView[];
  readonly settings: SettingsFile;
  speed(): number;
  readonly clock: Clock;
}

/** One job is asked so often why it cannot move, and each of them so often (ms): its host looks at all it holds for that. */
const ASK_MS = 5000;
const ASK_AGAIN_MS = 60_000;
/** Guests are measured so often (ms). */
const MEASURE_MS = 5000;

/** Gathers what the files of /run/hpc tell. */
export class HpcFactsSource {
  readonly #deps: FactsDeps;
  /** Why jobs cannot move, by job and host, and when that was asked. */
  readonly #reasons = new Map<Job, { readonly of: string; readonly at: number; readonly found: readonly string[] }>();
  #askedMs = Number.NEGATIVE_INFINITY;
  #guests: readonly HpcGuest[] = [];
  #measuredMs = Number.NEGATIVE_INFINITY;

  constructor(deps: FactsDeps) {
    this.#deps = deps;
  }

  /** Undefined while this member is in no cluster. */
  now(): HpcFacts | undefined {
    const { nodes, settings, speed } = this.#deps;
    const jobs = this.#deps.jobs();
    if (jobs === undefined) return undefined;
    const all = nodes();
    const numbers = new Map(all.map(({ overlay, number, self }) => [overlay, self ? 0 : number]));
    const living = jobs.home.jobs().filter(({ end, host }) => end === undefined && host !== '');
    this.#askOne(jobs, living);
    return {
      settings: settings.get(),
      speed: speed(),
      version: VERSION,
      nodes: all,
      jobs: living.map((job) => this.#job(job, numbers)),
      guests: this.#guestsOf(jobs, all),
    };
  }

  #job(job: Job, numbers: ReadonlyMap<string, number>): HpcJob {
    const { deputy, spec, host, move, moves, pinned, wish } = job;
    return {
      pid: deputy.pid,
      uid: spec.user.uid,
      where: numbers.get(host) ?? 0,
      goingTo: move === undefined ? undefined : (numbers.get(move.to) ?? 0),
      moves,
      locked: pinned.includes(LOCKED),
      mask: wish.mask ?? NO_MASK,
      hints: wish.hints ?? [],
      cantmove: [...pinned, ...(this.#reasons.get(job)?.found ?? [])],
    };
  }

  #askOne({ home }: Jobs, living: readonly Job[]): void {
    const now = this.#deps.clock.now();
    if (now - this.#askedMs < ASK_MS) return;
    for (const job of this.#reasons.keys()) if (job.end !== undefined) this.#reasons.delete(job);
    const at = (job: Job) => {
      const known = this.#reasons.get(job);
      return known === undefined || known.of !== lifeOf(job) ? Number.NEGATIVE_INFINITY : known.at;
    };
    const [job] = living.filter(isInOrder).toSorted((a, b) => at(a) - at(b));
    if (job === undefined || now - at(job) < ASK_AGAIN_MS) return;
    this.#askedMs = now;
    const note = (found: readonly string[]) => this.#reasons.set(job, { of: lifeOf(job), at: now, found });
    note(this.#reasons.get(job)?.found ?? []);
    // A host that is silent is asked again.
    home.held(job).then(note, () => {});
  }

  #guestsOf({ guests }: Jobs, all: readonly NodeView[]): readonly HpcGuest[] {
    const now = this.#deps.clock.now();
    if (now - this.#measuredMs < MEASURE_MS) return this.#guests;
    this.#measuredMs = now;
    const homes = new Map(all.filter(({ self }) => !self).map((node) => [node.overlay, node]));
    this.#guests = guests.all().flatMap((guest) => guestFacts(guest, homes.get(guest.ref.home)));
    return this.#guests;
  }
}

function lifeOf({ id, generation }: Job): string {
  return `${id} ${generation}`;
}

function guestFacts({ cgroup, record }: Guest, home: NodeView | undefined): HpcGuest[] {
  if (home === undefined || record.state !== 'running' || record.spec === undefined) return [];
  const pid = Math.min(...cgroup.pids());
  if (!Number.isFinite(pid)) return [];
  const { memoryBytes, cpuMs } = cgroup;
  const { argv, user, pid: homePid } = record.spec;
  const command = Buffer.from(argv.join(' ').slice(0, 256), 'latin1').toString('utf8');
  return [{ pid, home: home.number, homeName: home.name, homePid, uid: user.uid, command, memoryBytes, cpuMs }];
}
