import os from 'node:os';
import { sleep, type Clock } from '../../base/clock.ts';
import { PlumpError } from '../../base/errors.ts';
import type { Queued } from '../../core/jobs/home.ts';
import type { Job } from '../../core/jobs/job.ts';
import { maskOfNames } from '../../core/jobs/job-mask.ts';
import type { Steering } from '../../core/jobs/steer.ts';
import { queuedView } from '../../core/jobs/views.ts';
import type { GuestView } from '../../model/guest.ts';
import type { HostedView, JobView, MoveReport, PlaceView, SteerWords, SweepReport, WhyView } from '../../model/job.ts';
import type { NodeView } from '../../model/member.ts';
import { findNode } from '../../model/find-node.ts';
import { processState, signalProcess } from '../../system/process-state.ts';
import type { SettingsFile } from './job-settings.ts';
import type { Jobs } from './jobs.ts';
import { bringHome } from './sweep.ts';

/** What local users may see and do with jobs; who asks is known by uid. */
export interface JobsApiDeps {
  jobs(): Jobs | undefined;
  readonly settings: SettingsFile;
  members(): readonly NodeView[];
  readonly clock: Clock;
}

/** Answers of `wait` come at the latest after so long; the asker asks again. */
const WAIT_MS = 20_000;
const LOOK_MS = 200;

/** The jobs of this member, as the API on the unix socket offers them. */
export class JobsApi {
  readonly #deps: JobsApiDeps;

  constructor(deps: JobsApiDeps) {
    this.#deps = deps;
  }

  /** Own jobs, and what waits to become one; root sees all. */
  list(uid: number): JobView[] {
    const { home } = this.#jobs();
    const mine = (view: JobView) => uid === 0 || view.uid === uid;
    const living = home.jobs().filter((job) => job.end === undefined);
    return [...living.map((job) => withStop(home.view(job))), ...home.queued().map(queuedView)].filter(mine);
  }

  async guests(): Promise<HostedView[]> {
    const { guests } = this.#jobs();
    return (await this.#hosted(guests.list())).map((view) => this.#hostedView(view));
  }

  moves(): readonly MoveReport[] {
    return this.#jobs().home.reports;
  }

  places(): Promise<PlaceView[]> {
    return this.#jobs().home.places();
  }

  async why(uid: number, pid: number): Promise<WhyView> {
    return await this.#jobs().home.why(this.#find(uid, pid));
  }

  async migrate(uid: number, pid: number, to: string): Promise<MoveReport> {
    const job = this.#find(uid, pid);
    const { home } = this.#jobs();
    if (to === 'home' || to === 'best') return await home.move(job, to);
    const member = findNode(this.#deps.members(), to);
    if (member.state !== 'alive') throw new PlumpError('PLUMP_REFUSED', `${member.name} is ${member.state}`);
    return await home.move(job, { member: member.overlay });
  }

  /** What waits for its turn is its deputy only; and a deputy that stopped with its job goes on with it. */
  async signal(uid: number, pid: number, signal: number): Promise<void> {
    const queued = this.#queued(uid, pid);
    if (queued) return signalProcess(pid, queued.request.deputy.start, signal);
    const job = this.#find(uid, pid);
    await this.#jobs().home.signal(job, signal);
    if (signal === os.constants.signals.SIGCONT) signalProcess(pid, job.deputy.start, signal);
  }

  async nice(uid: number, pid: number, nice: number): Promise<void> {
    const job = this.#find(uid, pid);
    // The deputy is as nice as its job: for ps and top at home, and so that nobody comes back from what she gave away.
    if (uid !== 0 && nice < os.getPriority(pid))
      throw new PlumpError('PLUMP_DENIED', 'only root may make a job less nice');
    await this.#jobs().home.nice(job, nice);
    os.setPriority(pid, nice);
  }

  /** Locks a job, masks it, says what kind of job it is. */
  async steer(uid: number, pid: number, { mask, ...change }: SteerWords): Promise<void> {
    await this.steerTo(uid, pid, {
      ...change,
      ...(mask === undefined ? {} : { mask: maskOfNames(this.#deps.members(), mask) }),
    });
  }

  /** As {@link steer}, with the mask as it is kept. */
  async steerTo(uid: number, pid: number, change: Steering): Promise<void> {
    await this.#jobs().home.steer(this.#find(uid, pid), change);
  }

  async forget(uid: number, pid: number): Promise<void> {
    await this.#jobs().home.forget(this.#find(uid, pid));
  }

  /** The job when it has ended and its status is known, or as it is after a while. */
  async wait(uid: number, pid: number): Promise<JobView> {
    const { home } = this.#jobs();
    for (let waited = 0; ; waited += LOOK_MS) {
      const queued = this.#queued(uid, pid);
      if (!queued) break;
      if (waited >= WAIT_MS) return queuedView(queued);
      await sleep(this.#deps.clock, LOOK_MS);
    }
    const job = this.#find(uid, pid, { ended: true });
    for (let waited = 0; waited < WAIT_MS; waited += LOOK_MS) {
      if (job.end?.status !== undefined) break;
      await sleep(this.#deps.clock, LOOK_MS);
    }
    return home.view(job);
  }

  /** Sends the guests of others away; whoever cannot leave is named. */
  expel(): Promise<SweepReport> {
    return this.#jobs().expel();
  }

  /** Own jobs come home, and stay until nolstay. */
  async bring(): Promise<SweepReport> {
    const { home } = this.#jobs();
    this.#deps.settings.set({ brought: true });
    return await bringHome(home);
  }

  settings() {
    return this.#deps.settings.get();
  }

  /** @throws PlumpError PLUMP_USAGE when a value cannot be */
  change(patch: unknown) {
    try {
      return this.#deps.settings.set(patch);
    } catch (error) {
      throw error instanceof PlumpError ? new PlumpError('PLUMP_USAGE', error.message) : error;
    }
  }

  #self(): string {
    return this.#deps.members().find(({ self }) => self)?.overlay ?? '';
  }

  #jobs(): Jobs {
    const jobs = this.#deps.jobs();
    if (jobs === undefined) throw new PlumpError('PLUMP_REFUSED', 'this member is in no cluster: it runs no jobs');
    return jobs;
  }

  #queued(uid: number, pid: number): Queued | undefined {
    const found = this.#jobs()
      .home.queued()
      .find(({ request }) => request.deputy.pid === pid);
    checkOwner(uid, pid, found?.request.spec);
    return found;
  }

  #find(uid: number, pid: number, { ended = false } = {}): Job {
    if (this.#queued(uid, pid))
      throw new PlumpError('PLUMP_REFUSED', `${pid} waits for its turn: it is not started yet`);
    const job = this.#jobs().home.byPid(pid);
    checkOwner(uid, pid, job?.spec);
    if (job === undefined || (job.end !== undefined && !ended)) {
      if (job !== undefined) throw new PlumpError('PLUMP_REFUSED', `the job ${pid} has ended`);
      const there = processState(pid) !== undefined;
      throw new PlumpError(
        'PLUMP_REFUSED',
        there ? `process ${pid} is no job of PlumpOS` : `there is no process ${pid}`,
      );
    }
    return job;
  }

  async #hosted(views: Promise<readonly GuestView[]>): Promise<GuestView[]> {
    const self = this.#self();
    return (await views).filter(({ ref }) => ref.home !== self);
  }

  #hostedView({ ref, uid, state, command, tasks, memoryBytes, cpuMs }: GuestView): HostedView {
    const home = this.#deps.members().find(({ overlay }) => overlay === ref.home)?.name ?? ref.home;
    return { home, id: ref.id, generation: ref.generation, uid, state, command, tasks, memoryBytes, cpuMs };
  }
}

function checkOwner(uid: number, pid: number, spec: Pick<Job['spec'], 'user'> | undefined): void {
  if (spec !== undefined && uid !== 0 && spec.user.uid !== uid)
    throw new PlumpError('PLUMP_DENIED', `${pid} is not yours`);
}

/** A deputy stops and goes on with its job: what stands still is known without asking the host. */
function withStop(view: JobView): JobView {
  return view.state === 'running' && processState(view.pid)?.stopped === true ? { ...view, state: 'stopped' } : view;
}
