import type { JobState, JobView } from '../../model/job.ts';
import { numberText } from '../../model/find-node.ts';
import type { Contacts } from './contacts.ts';
import type { Job } from './job.ts';
import { LOCKED } from './placement.ts';
import type { Sightings } from './watch.ts';

/** A host that did not answer for so long is called lost. */
const LOST_MS = 10_000;

interface QueuedProgram {
  readonly request: { readonly deputy: Job['deputy']; readonly spec: Pick<Job['spec'], 'user' | 'argv'> };
  /** Wall clock. */
  readonly since: number;
}

/** A job as `plumpos ps` shows it. */
export function viewOf(job: Job, self: string, contacts: Contacts, sightings: Sightings): JobView {
  const seen = job.end === undefined ? sightings.get(job.id) : undefined;
  return {
    pid: job.deputy.pid,
    id: job.id,
    uid: job.spec.user.uid,
    state: stateOf(job, contacts),
    host: contacts.name(job.host),
    atHome: job.host === self,
    moves: job.moves,
    tasks: seen?.tasks ?? 0,
    memoryBytes: seen?.memoryBytes ?? 0,
    cpuMs: job.usedMs + (seen?.cpuMs ?? 0),
    started: new Date(job.startedAt).toISOString(),
    ...(job.pinned.includes(LOCKED) ? { locked: true } : {}),
    ...maskView(job, contacts),
    argv: job.spec.argv,
    ...(job.end?.status === undefined ? {} : { status: job.end.status }),
    ...(job.end === undefined || job.end.text === '' ? {} : { text: job.end.text }),
  };
}

/** A program whose turn has not come, in the same form: it is nowhere. */
export function queuedView({ request: { deputy, spec }, since }: QueuedProgram): JobView {
  return {
    pid: deputy.pid,
    id: '',
    uid: spec.user.uid,
    state: 'queued',
    host: '',
    atHome: false,
    moves: 0,
    tasks: 0,
    memoryBytes: 0,
    cpuMs: 0,
    started: new Date(since).toISOString(),
    argv: spec.argv,
  };
}

function maskView({ wish: { mask } }: Job, contacts: Contacts): Pick<JobView, 'only' | 'not'> {
  if (mask?.filter !== true) return {};
  const known = contacts.members();
  const names = mask.nodes.map((one) => known.find(({ number }) => number === one)?.name ?? numberText(one));
  return mask.allow ? { only: names } : { not: names };
}

function stateOf(job: Job, contacts: Contacts): JobState {
  if (job.end !== undefined) return 'ended';
  if (job.host !== '' && contacts.silentMs(job.host) >= LOST_MS) return 'lost';
  if (job.move !== undefined || job.resuming !== undefined) return 'moving';
  return job.state;
}
