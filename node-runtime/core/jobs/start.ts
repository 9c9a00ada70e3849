import { bothDone } from '../../base/both-done.ts';
import { sleep } from '../../base/clock.ts';
import { messageOf, PlumpError } from '../../base/errors.ts';
import { isLiving } from '../../model/member.ts';
import type { Started } from '../../model/guest.ts';
import type { JobSpec } from '../../model/job-spec.ts';
import { owe, payDebts } from './debts.ts';
import { SILENT_MS } from './end.ts';
import type { HomeContext } from './home-context.ts';
import { addressOf, currentRef, type Job } from './job.ts';
import { traitsOf } from './job-traits.ts';
import { bestPlaces, hindrances, LOCKED, type Place } from './placement.ts';
import { isSentAway, mayBeOn } from './whereabouts.ts';

/** What a program needs that says nothing else. */
const USUAL_BYTES = 16 * 2 ** 20;
const AGAIN_MS = 500;
/** A host clears an ended job away in a second or two; a slow one gets this long. */
const CLEAR_MS = 30_000;
const CLEAR_LOOK_MS = 100;

/**
 * Places the job and starts it: the best member first, the next best when one refuses or has vanished, silently; at home
 * when none fits. From its reservation on a member owns the job: it is then asked until it answers, so that no program
 * is started twice.
 * @throws PlumpError PLUMP_REFUSED when no member it may be on takes it
 */
export async function startJob(home: HomeContext, job: Job): Promise<Started> {
  const refusals: string[] = [];
  if (job.generation > 0) {
    // The agent was killed while this one was on its way.
    const started = await tryStart(home, job, refusals);
    if (started !== undefined) return started;
  }
  const places = await placesNow(home, job);
  const order = placesFor(home, job, places, refusals);
  for (const { place, room } of await balanced(home, job, order)) {
    if (job.end !== undefined) break;
    home.placing.add(job);
    try {
      await choose(home, job, place);
      if (!(await reserved(home, job, room, refusals))) continue;
    } finally {
      home.placing.delete(job);
    }
    const started = await tryStart(home, job, refusals);
    if (started !== undefined) return started;
  }
  throw new PlumpError('PLUMP_REFUSED', job.end?.text ?? refusals[0] ?? 'no member can take it');
}

/**
 * The members there now. Those that were named and do not answer just now are asked again: a busy one is doubted for a
 * moment, and one that is dead is called so within seconds.
 */
async function placesNow(home: HomeContext, job: Job): Promise<readonly Place[]> {
  const sought = ({ overlay }: { overlay: string }) => mayBeOn(home, job, overlay);
  for (let waited = 0; ; waited += AGAIN_MS) {
    const places = await home.places();
    if (!isSentAway(home, job) || places.some(sought)) return places;
    const hoped = home.members().some((member) => sought(member) && isLiving(member));
    if (!hoped || waited >= CLEAR_MS || job.end !== undefined) return places;
    await sleep(home.clock, AGAIN_MS, home.stop);
  }
}

function bytesOf({ wish }: Job): number {
  return Math.max(USUAL_BYTES, wish.memoryBytes);
}

/** A place to try, and the number under which its balancer holds room. */
interface HeldRoom {
  readonly place: Place;
  readonly room: number | undefined;
}

/** The members to try, in this order. */
function placesFor(home: HomeContext, job: Job, places: readonly Place[], refusals: string[]): Place[] {
  const self = places.filter((place) => place.self);
  const { where } = job.wish;
  const need = { memoryBytes: bytesOf(job), cpuFlags: [], moves: false };
  const named = places.filter(({ overlay }) => mayBeOn(home, job, overlay));
  if (isSentAway(home, job)) {
    const bound = job.pinned.filter((reason) => reason !== LOCKED);
    if (bound.length > 0 && !named.every((place) => place.self)) {
      refusals.push(...bound);
      return [];
    }
    const best = bestPlaces(named, need, home.random);
    refusals.push(...named.flatMap((place) => hindrances(place, need)));
    if (named.length === 0) refusals.push('none of the members named is there');
    return best;
  }
  if (where === 'home' || job.pinned.length > 0 || home.settings().stayHome) return self;
  const best = bestPlaces(named, need, home.random);
  return best.some((place) => place.self) ? best : [...best, ...self];
}

/** The same places, that before all others which the balancer found: it knows their loads, and one holds room for it. */
async function balanced(home: HomeContext, job: Job, order: readonly Place[]): Promise<readonly HeldRoom[]> {
  const all = order.map((place) => ({ place, room: undefined }));
  const found = order.length < 2 ? undefined : await home.balance?.place(job, bytesOf(job));
  const place = order.find(({ overlay }) => overlay === found?.member);
  if (found === undefined || place === undefined) return all;
  // Promised room may have lapsed: then it is asked once more as all others are.
  return [{ place, room: found.room }, ...all.filter((one) => found.room !== undefined || one.place !== place)];
}

async function choose(home: HomeContext, job: Job, place: Place): Promise<void> {
  job.host = place.overlay;
  job.generation = ++job.lastGeneration;
  job.token = home.newToken();
  job.local = place.self;
  job.cpuFlags = place.cpuFlags;
  await home.table.save(job);
}

/** Asks the chosen member; a member that refuses or does not answer is given up for the next one. */
async function reserved(home: HomeContext, job: Job, room: number | undefined, refusals: string[]): Promise<boolean> {
  const { spec, token } = job;
  try {
    if (job.host !== home.self) await untilCleared(home, job, job.host);
    const address = addressOf(job);
    const promised = room === undefined ? {} : { room };
    const size = { memoryBytes: bytesOf(job), imageBytes: 0 };
    const want = { token, uid: spec.user.uid, ...size, cpuFlags: [], ...(address && { address }), ...promised };
    await home.host(job.host).reserve(currentRef(home.self, job), want);
    return true;
  } catch (error) {
    await giveBack(home, job, refusals, error);
    return false;
  }
}

/** Undefined when the member refused after all. Waits for a member that does not answer: it may have started it. */
async function tryStart(home: HomeContext, job: Job, refusals: string[]): Promise<Started | undefined> {
  while (job.end === undefined) {
    try {
      const [spec] = await bothDone(specFor(home, job, job.host), sendPackets(home, job));
      const started = await home.host(job.host).start(currentRef(home.self, job), spec, job.token);
      return started;
    } catch (error) {
      if (error instanceof PlumpError && error.code === 'PLUMP_UNREACHABLE')
        await sleep(home.clock, AGAIN_MS, home.stop);
      else {
        await giveBack(home, job, refusals, error);
        return undefined;
      }
    }
  }
  throw new PlumpError('PLUMP_REFUSED', job.end.text);
}

async function sendPackets(home: HomeContext, job: Job): Promise<void> {
  const address = addressOf(job);
  const to = job.host === home.self ? 'here' : { member: job.host };
  if (address !== undefined) await home.kernel.route(job.id, address, to);
}

async function giveBack(home: HomeContext, job: Job, refusals: string[], error: unknown): Promise<void> {
  refusals.push(`${home.contacts.name(job.host)}: ${messageOf(error)}`);
  owe(job, { member: job.host, generation: job.generation, runs: false });
  // Nowhere, until the next place is chosen.
  job.host = home.self;
  job.generation = 0;
  job.local = true;
  await home.table.note(job);
  // Not waited for: a member that vanished takes its time to be noticed, the caller's program must not.
  void payDebts(home, job).catch((cause: unknown) => home.event('job.left-over', messageOf(cause)));
}

/**
 * Waits while a copy that must not live may still run there with this user's rights: nothing of hers may be opened there
 * before. A job that has just ended is one for the moment that its host needs to clear it away.
 * @throws PlumpError PLUMP_REFUSED when it does not go
 */
export async function untilCleared(home: HomeContext, job: Job, member: string): Promise<void> {
  const owes = () =>
    home.table.all().some((other) => other.spec.user.uid === job.spec.user.uid && owedBy(other, member));
  for (let waited = 0; owes(); waited += CLEAR_LOOK_MS) {
    if (waited >= CLEAR_MS || job.end !== undefined || home.contacts.silentMs(member) > SILENT_MS)
      throw new PlumpError('PLUMP_REFUSED', 'a copy of another job must go there first');
    await sleep(home.clock, CLEAR_LOOK_MS, home.stop);
  }
}

function owedBy({ owed }: Job, member: string): boolean {
  return owed.some((one) => one.member === member && one.runs);
}

/** The job as this member needs it: with the way to home's files, unless it is home's own root. */
export async function specFor(home: HomeContext, job: Job, member: string): Promise<JobSpec> {
  const spec = { ...job.spec, traits: traitsOf(home, job) };
  if (member === home.self && job.local && job.move === undefined) return spec;
  return { ...spec, nfs: await home.access.open(member, job.spec.user) };
}
