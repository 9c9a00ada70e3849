import { sleep } from '../../base/clock.ts';
import { messageOf, PlumpError } from '../../base/errors.ts';
import type { GuestRef } from '../../model/guest.ts';
import type { HomeOps, UnfollowedMount } from '../../model/guest-ops.ts';
import type { JobSpec } from '../../model/job-spec.ts';
import type { JobView, MoveReport, PlaceView, WhyView } from '../../model/job.ts';
import { giveAway } from '../move/give-away.ts';
import { type Destination, Mover } from '../move/mover.ts';
import { Starvation } from '../move/starvation.ts';
import { Access } from './access.ts';
import { Addresses } from './addresses.ts';
import { Contacts } from './contacts.ts';
import { endJob } from './end.ts';
import type { HomeContext, HomeDeps } from './home-context.ts';
import { JobTable } from './job-table.ts';
import { currentRef, type Deputy, isInOrder, type Job, type Wish } from './job.ts';
import { listening } from './listening.ts';
import { launch, type StartAnswer } from './launch.ts';
import { pinnedReasons, staysHome } from './placement.ts';
import { recoverJob } from './recover.ts';
import { Signals } from './signals.ts';
import { Steerer, type Steering } from './steer.ts';
import { Turnstile } from './turnstile.ts';
import { viewOf } from './views.ts';
import { HostWatch, POLL_MS } from './watch.ts';

/** A program somebody wants run. */
export interface StartRequest {
  readonly deputy: Deputy;
  /** Home gives it an address of its own, unless it is to use the network of home itself. */
  readonly spec: Omit<JobSpec, 'network' | 'stays'>;
  /** Mounts it uses that no other member can have, and why. */
  readonly used: readonly UnfollowedMount[];
  readonly hostNetwork: boolean;
  readonly wish: Wish;
  /** Aborts when the caller goes away while it waits. */
  readonly withdrawn: AbortSignal;
  /** Told when it has to wait: how many are before it. */
  tell(before: number): void;
}

/** A program whose turn has not come. */
export interface Queued {
  readonly request: StartRequest;
  /** Wall clock. */
  readonly since: number;
}

/** Starts at once; more would only wait for the same disks and CPUs. */
const STARTS_AT_ONCE = 16;

/** What a deputy that is gone has told is heard by then. */
const LAST_WORD_MS = 3000;

/** The jobs of this home, from start to end. */
export class Home implements Disposable {
  readonly #context: HomeContext;
  readonly #mover: Mover;
  readonly #signals: Signals;
  readonly #steerer: Steerer;
  readonly #watch: HostWatch;
  readonly #running: Turnstile;
  readonly #starting = new Turnstile(
    () => STARTS_AT_ONCE,
    () => Number.POSITIVE_INFINITY,
  );
  readonly #addresses = new Addresses();
  readonly #stop = new AbortController();
  readonly #queue = new Set<Queued>();
  readonly #launches = new Map<string, Promise<StartAnswer>>();
  #round: Disposable | undefined;

  /** @param kept what the journal holds of this home's jobs since it was booted */
  constructor(deps: HomeDeps, kept: readonly Job[]) {
    const contacts = new Contacts(deps.clock, deps.memory);
    const failed = (error: unknown) => deps.event('job.journal', `the journal of jobs: ${messageOf(error)}`);
    const table = new JobTable(deps.journal, kept, failed);
    const access = new Access({ self: deps.self, kernel: deps.kernel, jobs: () => table.all() });
    this.#context = {
      ...deps,
      host: (member) => listening(deps.host(member), () => contacts.heard(member)),
      table,
      access,
      contacts,
      stop: this.#stop.signal,
      settled: (job) => {
        this.#watch.settled(job);
        this.#signals.give(job);
      },
      placing: new Set(),
      alone: new WeakSet(),
      movedAt: new WeakMap(),
      seen: (job) => this.#watch.sightings.get(job.id),
      ended: (job) => {
        this.#watch.forget(job);
        starvation.forget(job);
        this.#running.leave();
      },
    };
    this.#mover = new Mover(this.#context);
    const starvation = new Starvation(this.#context, this.#mover);
    this.#watch = new HostWatch(this.#context, (job, view) => starvation.saw(job, view));
    this.#signals = new Signals(this.#context);
    this.#steerer = new Steerer(this.#context);
    const { settings } = deps;
    this.#running = new Turnstile(
      () => settings().jobs,
      () => settings().queue,
    );
  }

  /** Takes up what an agent before left, and watches from now on. */
  begin(): void {
    this.#context.contacts.see(this.#context.members());
    for (const job of this.#context.table.all()) {
      if (job.end === undefined) this.#running.occupy();
      if (job.state === 'starting') void this.#launch(job).catch(() => {});
      else this.#later(recoverJob(this.#context, job));
    }
    this.#tick();
  }

  [Symbol.dispose](): void {
    this.#round?.[Symbol.dispose]();
    this.#stop.abort(new PlumpError('PLUMP_STOPPED', 'the agent stops'));
  }

  get reports(): readonly MoveReport[] {
    return this.#mover.reports;
  }

  /** What waits for its turn, in the order of coming. */
  queued(): readonly Queued[] {
    return [...this.#queue];
  }

  /** A deputy that asks again (its agent was killed) is answered for the job it has already. */
  async start(request: StartRequest): Promise<StartAnswer> {
    const { deputy } = request;
    const known = this.#context.table.byDeputy(deputy.pid, deputy.start);
    if (known !== undefined) return this.#launches.get(known.id) ?? { job: known };
    const queued = { request, since: this.#context.clock.wall() };
    this.#queue.add(queued);
    await this.#running.enter(request.withdrawn, request.tell).finally(() => this.#queue.delete(queued));
    try {
      return this.#launch(this.#newJob(request));
    } catch (error) {
      this.#running.leave();
      throw error;
    }
  }

  /** The deputy is gone; its job ends with it. What it told before may only just be coming; one that was killed tells nothing. */
  async deputyGone(job: Job): Promise<void> {
    const { alone, relay } = this.#context;
    alone.add(job);
    await endJob(this.#context, job, { status: undefined, text: '' });
    await relay.remove(job);
    if (job.end?.status === undefined) this.#later(this.#hearLast(job));
  }

  async #hearLast(job: Job): Promise<void> {
    const { table, clock, stop } = this.#context;
    await sleep(clock, LAST_WORD_MS, stop);
    await table.told(job, 125, 'its deputy is gone: how it ended is not known');
  }

  /** The deputy tells how its job ended. */
  ended(id: string, deputyToken: string, status: number): void {
    const job = this.#context.table.get(id) ?? this.#context.table.ended().find((one) => one.id === id);
    if (job === undefined || job.deputy.token !== deputyToken) return;
    if (job.end === undefined) this.#later(endJob(this.#context, job, { status, text: '' }));
    else this.#later(this.#context.table.told(job, status));
  }

  jobs(): readonly Job[] {
    return this.#context.table.all();
  }

  endedJobs(): readonly Job[] {
    return this.#context.table.ended();
  }

  byPid(pid: number): Job | undefined {
    return this.#context.table.byPid(pid);
  }

  view(job: Job): JobView {
    return viewOf(job, this.#context.self, this.#context.contacts, this.#watch.sightings);
  }

  move(job: Job, to: Destination | 'home'): Promise<MoveReport> {
    return this.#mover.move(job, to === 'home' ? { member: this.#context.self } : to);
  }

  /** Jobs that are elsewhere, or about to be. */
  away(): readonly Job[] {
    const { table, self } = this.#context;
    return table.live().filter(({ host, move }) => host !== self || move !== undefined);
  }

  /** Takes the job back, also when it is just being moved. */
  async bring(job: Job): Promise<void> {
    const { self } = this.#context;
    await this.#mover.moveAfter(job, () => (job.host === self ? undefined : { member: self }));
  }

  /** Members that answer, as places for jobs. */
  async places(): Promise<PlaceView[]> {
    const places = await this.#context.places();
    return places.map(({ overlay, closed }) => ({ overlay, ...(closed === undefined ? {} : { closed }) }));
  }

  why(job: Job): Promise<WhyView> {
    return this.#mover.why(job);
  }

  /** What the job holds that cannot be moved. */
  held(job: Job): Promise<readonly string[]> {
    return this.#mover.held(job);
  }

  /** @throws PlumpError PLUMP_REFUSED when its host answers */
  async forget(job: Job): Promise<void> {
    const name = this.#context.contacts.name(job.host);
    if (this.view(job).state !== 'lost')
      throw new PlumpError('PLUMP_REFUSED', `${name} answers: nothing is lost`, {
        hint: `plumpos kill ${job.deputy.pid}`,
      });
    await endJob(this.#context, job, { status: 125, text: `forgotten while its host ${name} was silent` });
  }

  /** This home is going away: its jobs end, and their deputies say why. */
  async endAll(text: string): Promise<void> {
    await Promise.all(this.#context.table.live().map((job) => endJob(this.#context, job, { status: 125, text })));
  }

  /** Done when the program has it, or will have it when it goes on after a move. */
  signal(job: Job, signal: number): Promise<void> {
    return this.#signals.send(job, signal);
  }

  /** Only if the program can have it now. @throws PlumpError PLUMP_BUSY while it is being started or moved */
  async signalNow(job: Job, signal: number): Promise<void> {
    const { host, self, newToken } = this.#context;
    checkInOrder(job);
    await host(job.host).signal(currentRef(self, job), signal, newToken());
  }

  /** @throws PlumpError PLUMP_BUSY while it is being started or moved: what is noted at its source may not come along */
  async nice(job: Job, nice: number): Promise<void> {
    checkInOrder(job);
    await this.#context.host(job.host).nice(currentRef(this.#context.self, job), nice);
  }

  steer(job: Job, change: Steering): Promise<void> {
    return this.#steerer.steer(job, change);
  }

  /** What another member may tell this home: about jobs it hosts only. */
  opsFor(sender: string): HomeOps {
    return {
      exited: async (ref, exit) => {
        const job = this.#hosted(sender, ref);
        await endJob(this.#context, job, { status: exit.text === undefined ? undefined : 125, text: exit.text ?? '' });
      },
      takeAway: async (ref) => {
        const job = this.#hosted(sender, ref, { coming: true });
        const away = (to: Destination) => this.#mover.moveAfter(job, () => (job.host === sender ? to : undefined));
        await away('best').catch(() => away({ member: this.#context.self }));
      },
      giveAway: async (ref, place) => giveAway(this.#context, this.#mover, this.#hosted(sender, ref), place),
    };
  }

  /** @param coming also one that is on its way to that member */
  #hosted(sender: string, { home, id, generation }: GuestRef, { coming = false } = {}): Job {
    const job = this.#context.table.get(id);
    const isThat = (one: { generation: number } | undefined, member?: string) =>
      member === sender && one?.generation === generation;
    if (home === this.#context.self && job !== undefined && job.end === undefined)
      if (isThat(job, job.host) || (coming && isThat(job.move, job.move?.to))) return job;
    throw new PlumpError('PLUMP_DENIED', 'no job of this home is there');
  }

  #newJob({ deputy, spec: given, used, hostNetwork, wish }: StartRequest): Job {
    const { table, newToken, clock, self, number } = this.#context;
    const network = hostNetwork ? 'host' : { address: this.#addresses.next(table.all(), number()) };
    const pinned = pinnedReasons({ ...given, network }, wish.nomig, used);
    const spec: JobSpec = { ...given, network, stays: staysHome(pinned, wish.where) };
    let id = newToken().slice(0, 8);
    while (table.get(id) !== undefined) id = newToken().slice(0, 8);
    const start = { state: 'starting', host: self, local: true, generation: 0, lastGeneration: 0, token: '' } as const;
    const rest = { cpuFlags: [], moves: 0, move: undefined, resuming: undefined, owed: [], signals: [], usedMs: 0 };
    return { id, deputy, spec, wish, pinned, startedAt: clock.wall(), ...start, ...rest, end: undefined };
  }

  #launch(job: Job): Promise<StartAnswer> {
    const launching = launch(this.#context, this.#starting, job).finally(() => this.#launches.delete(job.id));
    this.#launches.set(job.id, launching);
    return launching;
  }

  #later(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      if (!this.#stop.signal.aborted) this.#context.event('job.trouble', messageOf(error));
    });
  }

  #tick(): void {
    this.#watch.round();
    this.#round = this.#context.clock.after(POLL_MS, () => this.#tick());
  }
}

function checkInOrder(job: Job): void {
  if (!isInOrder(job)) throw new PlumpError('PLUMP_BUSY', `${job.deputy.pid} is being started or moved: try again`);
}
