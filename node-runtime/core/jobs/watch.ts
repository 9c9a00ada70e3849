import type { GuestView } from '../../model/guest.ts';
import { messageOf } from '../../base/errors.ts';
import { payDebts } from './debts.ts';
import { endJob } from './end.ts';
import type { HomeContext } from './home-context.ts';
import type { Job } from './job.ts';

/** How often each host of our jobs is asked what it holds. */
export const POLL_MS = 2000;

/** Guests as their hosts last told, by job. */
export type Sightings = Map<string, GuestView>;

/**
 * Watches over the members that hold something of ours: compares what they hold with what they should, gives jobs up whose
 * host is silent for too long or was rebooted, and clears away what was left over when a member could not be reached.
 */
export class HostWatch {
  readonly #home: HomeContext;
  readonly #settledAt = new Map<string, number>();
  readonly #asking = new Set<string>();
  readonly #paying = new Set<string>();
  /** Members asked once since they came: what an agent before us left there is found. */
  readonly #looked = new Set<string>();
  readonly sightings: Sightings = new Map();
  readonly #saw: (job: Job, view: GuestView) => void;

  /** @param saw hears what a host told of a job that is in order there */
  constructor(home: HomeContext, saw: (job: Job, view: GuestView) => void) {
    this.#home = home;
    this.#saw = saw;
  }

  /** What its earlier host told of it counts no more. */
  settled(job: Job): void {
    this.sightings.delete(job.id);
    this.#settledAt.set(job.id, this.#home.clock.now());
  }

  forget(job: Job): void {
    this.#settledAt.delete(job.id);
    this.sightings.delete(job.id);
  }

  /** One round: asks everybody concerned, judges the silent. Never waits for the answers. */
  round(): void {
    const { contacts, table } = this.#home;
    contacts.see(this.#home.members());
    for (const member of this.#concerned()) void this.#ask(member);
    for (const job of table.live()) if (!this.#home.placing.has(job)) this.#judge(job);
    for (const job of table.all()) if (job.owed.length > 0) void this.#pay(job);
  }

  #concerned(): Set<string> {
    const { table, contacts } = this.#home;
    const holders = table
      .all()
      .flatMap((job) => [...(job.end === undefined ? [job.host] : []), ...job.owed.map(({ member }) => member)]);
    const fresh = contacts.members().filter(({ state, overlay }) => state === 'alive' && !this.#looked.has(overlay));
    return new Set([...holders, ...fresh.map(({ overlay }) => overlay)]);
  }

  async #ask(member: string): Promise<void> {
    if (this.#asking.has(member)) return;
    this.#asking.add(member);
    const askedAt = this.#home.clock.now();
    try {
      const views = await this.#home.host(member).list();
      this.#looked.add(member);
      this.#compare(member, views, askedAt);
    } catch {
      // Its silence is judged by the clock.
    } finally {
      this.#asking.delete(member);
    }
  }

  async #pay(job: Job): Promise<void> {
    if (this.#paying.has(job.id)) return;
    this.#paying.add(job.id);
    try {
      await payDebts(this.#home, job);
    } catch (error) {
      this.#home.event('job.trouble', messageOf(error));
    } finally {
      this.#paying.delete(job.id);
    }
  }

  #compare(member: string, views: readonly GuestView[], askedAt: number): void {
    const { table, self } = this.#home;
    for (const job of table.live()) {
      if (job.host !== member || !this.#isSettled(job, askedAt)) continue;
      const view = views.find(({ ref }) => ref.id === job.id && ref.generation === job.generation);
      if (view !== undefined) this.sightings.set(job.id, view);
      this.#conclude(job, view);
      if (view?.state === 'running') this.#saw(job, view);
    }
    for (const view of views) if (view.ref.home === self && this.#isStray(member, view)) void this.#clear(member, view);
  }

  #isSettled(job: Job, askedAt: number): boolean {
    const since = this.#settledAt.get(job.id);
    return job.state === 'running' && job.move === undefined && since !== undefined && since < askedAt;
  }

  #conclude(job: Job, view: GuestView | undefined): void {
    const { contacts } = this.#home;
    if (view === undefined) this.#end(job, `${contacts.name(job.host)} no longer has it`);
    else if (view.state === 'over') this.#end(job, '');
  }

  #judge(job: Job): void {
    const { contacts } = this.#home;
    const name = contacts.name(job.host);
    const fate = contacts.fate(job.host);
    const silent = contacts.silentMs(job.host);
    if (fate === 'rebooted') this.#end(job, `its host ${name} was rebooted`);
    else if (fate === 'left') this.#end(job, `its host ${name} left the cluster`);
    else if (silent >= job.wish.lostTtlMs)
      this.#end(job, `its host ${name} has been silent for ${Math.round(silent / 1000)} s`);
  }

  #end(job: Job, text: string): void {
    const end = { status: text === '' ? undefined : 125, text };
    void endJob(this.#home, job, end).catch((error: unknown) => this.#home.event('job.trouble', messageOf(error)));
  }

  #isStray(member: string, { ref }: GuestView): boolean {
    const job = this.#home.table.get(ref.id);
    if (job === undefined) return true;
    const current = job.end === undefined && job.host === member && job.generation === ref.generation;
    const coming = job.move?.to === member && job.move.generation === ref.generation;
    const owed = job.owed.some((one) => one.member === member && one.generation === ref.generation);
    return !current && !coming && !owed;
  }

  async #clear(member: string, { ref, uid }: GuestView): Promise<void> {
    const { host, access, event, contacts } = this.#home;
    event('job.stray', `${contacts.name(member)} holds a guest that nobody knows here`, { ...ref });
    const gone = await host(member)
      .discard(ref)
      .then(
        () => true,
        () => false,
      );
    await access.stray(member, { uid, gid: uid, groups: [] }, gone);
  }
}
