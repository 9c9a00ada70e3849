import { PlumpError } from '../../base/errors.ts';
import type { DumpRecord, Reservation } from '../../model/guest.ts';
import type { MoveReport } from '../../model/job.ts';
import { owe } from '../jobs/debts.ts';
import type { HomeContext } from '../jobs/home-context.ts';
import { addressOf, currentRef, type Job, type Move, refOf } from '../jobs/job.ts';
import { specFor, untilCleared } from '../jobs/start.ts';
import { abortMove } from './abort.ts';
import { finishMove } from './finish.ts';
import { imageRoom } from './image-room.ts';
import { Steps } from './steps.ts';

/**
 * Moves a job while it runs: f7 §2, step by step. Until the decision (11) every failure ends in {@link abortMove} and the
 * job runs on where it was; after it nothing is undone. Returns when the job runs at the target.
 * @param room number under which the target's balancer promised room
 * @throws PlumpError saying why it stayed, or how it ended
 */
export async function moveJob(home: HomeContext, job: Job, to: string, room?: number): Promise<MoveReport> {
  const begun = home.clock.now();
  const from = home.contacts.name(job.host);
  const steps = new Steps(home.clock);
  const move = await open(home, job, to);
  let record: DumpRecord;
  try {
    record = await travel(home, job, move, { steps, room });
    await steps.time('decide', decide(home, job, move));
  } catch (error) {
    await abortMove(home, job, move);
    throw error;
  }
  await finishMove(home, job, steps);
  const { bytes, frozenMs } = record;
  return {
    id: job.id,
    pid: job.deputy.pid,
    from,
    to: home.contacts.name(to),
    bytes,
    frozenMs,
    stillMs: steps.between('dump', 'go'),
    totalMs: home.clock.now() - begun,
    steps: steps.done,
  };
}

/** Sooner than a host forgets a reservation (jobs/forsaken.ts). */
const RENEW_MS = 30_000;

/** Does the other thing again and again as long as the work lasts; whether that succeeds, the next step will show. */
async function meanwhile<T>({ clock }: HomeContext, work: Promise<T>, other: () => Promise<void>): Promise<T> {
  let timer: Disposable;
  const again = () =>
    (timer = clock.after(RENEW_MS, () => {
      again();
      other().catch(() => {});
    }));
  again();
  return await work.finally(() => timer[Symbol.dispose]());
}

/** Step 0. */
async function open(home: HomeContext, job: Job, to: string): Promise<Move> {
  const move: Move = { phase: 'open', to, generation: ++job.lastGeneration, token: home.newToken() };
  job.move = move;
  try {
    await home.table.save(job);
  } catch (error) {
    job.move = undefined;
    throw error;
  }
  return move;
}

/** Steps 1 to 10: in the end the job is at the target, whole and stopped, and stopped at the source. */
async function travel(
  home: HomeContext,
  job: Job,
  move: Move,
  { steps, room }: { readonly steps: Steps; readonly room: number | undefined },
): Promise<DumpRecord> {
  const { to, generation, token } = move;
  const source = home.host(job.host);
  const target = home.host(to);
  const from = currentRef(home.self, job);
  const there = refOf(home.self, job, generation);
  const go = <T>(name: string, step: Promise<T>) =>
    steps.time(name, step).then((value) => (checkWanted(job, move), value));

  await go('clear', untilCleared(home, job, to));
  const spec = await go('grant', specFor(home, job, to));
  const want = { ...(await go('look', wantOf(home, job, move))), ...(room === undefined ? {} : { room }) };
  await go('reserve', target.reserve(there, want));
  await go('hold', home.relay.wait(job));
  await go('quiet', source.quiet(from, generation));
  const images = { overlay: to, generation, token };
  const record = await go(
    'dump',
    meanwhile(home, source.dump(from, images), () => target.reserve(there, want)),
  );
  // Files without a name come beside the memory.
  if (record.bytes > want.imageBytes) await go('widen', target.reserve(there, { ...want, imageBytes: record.bytes }));
  await go('send', source.send(from, images));
  if ((await go('restore', target.restore(there, spec, token, record))) === 'queued') {
    await go('unlock', source.unlock(from, generation));
    await go('lock', target.prepared(there));
  }
  return record;
}

/** What the job uses at this moment: what was last seen of it may be nothing yet, and more images than announced are refused. */
async function wantOf(home: HomeContext, job: Job, { token }: Move): Promise<Reservation> {
  const { cpuFlags, spec, host, wish, id, generation } = job;
  const views = await home.host(host).list();
  const seen = views.find(({ ref }) => ref.id === id && ref.generation === generation);
  const memoryBytes = Math.max(seen?.memoryBytes ?? 0, wish.memoryBytes);
  const imageBytes = imageRoom(seen?.imageBytes ?? 0);
  const address = addressOf(job);
  const own = address === undefined ? {} : { address };
  return { token, uid: spec.user.uid, memoryBytes, imageBytes, cpuFlags, source: host, ...own };
}

/** The world goes on during a move: its deputy may be killed, its host given up. */
function checkWanted(job: Job, move: Move): void {
  if (job.end !== undefined)
    throw new PlumpError('PLUMP_STOPPED', `the job ended: ${job.end.text || 'its deputy is gone'}`);
  if (job.move !== move) throw new PlumpError('PLUMP_STOPPED', 'the move was given up');
}

function flagsOf(home: HomeContext, member: string): readonly string[] {
  return home.members().find(({ overlay }) => overlay === member)?.cpuFlags ?? [];
}

/**
 * Step 11. The source's copy is owed from here on, in the same stroke. A decision that cannot be written down is none.
 */
async function decide(home: HomeContext, job: Job, move: Move): Promise<void> {
  const before = { ...job };
  owe(job, { member: job.host, generation: job.generation, runs: false });
  job.host = move.to;
  job.generation = move.generation;
  job.token = move.token;
  job.local = false;
  job.cpuFlags = [...new Set([...job.cpuFlags, ...flagsOf(home, move.to)])];
  job.moves++;
  job.usedMs += home.seen(job)?.cpuMs ?? 0;
  job.move = { ...move, phase: 'decided' };
  try {
    await home.table.save(job, { durable: true });
  } catch (error) {
    if (job.end === undefined) Object.assign(job, before);
    throw error;
  }
}
