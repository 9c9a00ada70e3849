import type { Job } from '#runtime/core/jobs/job.ts';
import type { MoveRoom } from './move-room.ts';

/** What should be true of a job in a room when everything has settled. */
export interface Wanted {
  readonly room: MoveRoom;
  /** As it was when it was last seen. */
  readonly job: Job;
  readonly locks: boolean;
  /** May it be gone, and why? The text its deputy must have been told. */
  mayEnd(): RegExp | undefined;
  /** What it must have ended with; missing: it need not have ended. */
  readonly status?: number | undefined;
}

const SETTLE_MS = 5000;

/** What is not as it should be: it runs once, or has ended as it may, and nothing is left over anywhere. */
export async function wrongWith(wanted: Wanted): Promise<string[]> {
  const { room, job } = wanted;
  const written = room.files.written(job.id).length;
  await room.clock.passGently(SETTLE_MS);
  const now = room.home.jobs().find(({ id }) => id === job.id);
  if (!room.member('home').agent || now === undefined || now.end !== undefined) return wrongWithEnded(wanted);
  const lives = room.files.written(job.id).length > written;
  return [...(lives ? [] : ['it does not run']), ...wrongWithLiving({ ...wanted, job: now })];
}

function wrongWithLiving({ room, job, locks, status }: Wanted): string[] {
  const host = room.hostName(job);
  return [
    ...(status === undefined ? [] : ['it lives on']),
    ...unlike('signals', room.signals.heard(job), room.signals.wanted(job)),
    ...(job.move === undefined && job.resuming === undefined ? [] : ['the move is not over']),
    ...(job.owed.length === 0 ? [] : ['a copy is owed']),
    ...unlike('copies', room.copies(), [{ on: host, runs: true, state: 'running' }]),
    ...unlike('images', room.images(), []),
    ...unlike('access', [...room.kernel.access.keys()], job.local ? [] : [`1000 ${job.host}`]),
    ...unlike('routes', [...room.kernel.routes.values()], [host === 'home' ? 'here' : job.host]),
    ...unlike('ports', [...room.kernel.ports.keys()], [job.id]),
    ...unlike('stream', room.deputies.all.get(job.id)?.stream, job.host),
    ...unlike('journal', room.journal.size, 1),
    ...unlike('lock', room.files.lockedBy(), locks ? [`${job.host} ${job.generation}`] : []),
  ];
}

function wrongWithEnded({ room, job, mayEnd, status = 125 }: Wanted): string[] {
  const allowed = mayEnd();
  const told = room.deputies.told.get(job.id);
  const text = told?.text ?? '';
  return [
    ...(allowed === undefined ? [`it is gone: ${text}`] : []),
    ...(allowed?.test(text) === false ? [`its deputy was told '${text}'`] : []),
    ...(told === undefined || told.status === status ? [] : [`its deputy was told ${told.status}`]),
    ...unlike('copies', room.copies(), []),
    ...unlike('access', [...room.kernel.access], []),
    ...unlike('routes', [...room.kernel.routes], []),
    ...unlike('ports', [...room.kernel.ports.keys()], []),
    ...unlike('journal', [...room.journal.keys()], []),
    ...unlike('lock', room.files.lockedBy(), []),
    ...unlike('deputies', [...room.deputies.all.keys()], []),
  ];
}

function unlike(what: string, is: unknown, wanted: unknown): string[] {
  const [a, b] = [JSON.stringify(is), JSON.stringify(wanted)];
  return a === b ? [] : [`${what}: ${a} instead of ${b}`];
}
