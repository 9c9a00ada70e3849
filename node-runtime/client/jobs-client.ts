import { amount, boolean, choice, integer, list, object, optional, text, type Decoder } from '../base/decoder.ts';
import { PlumpError } from '../base/errors.ts';
import type { LoadRow } from '../model/load-view.ts';
import type { HostedView, JobView, MoveReport, PlaceView, SweepReport, WhyView } from '../model/job.ts';

/** Jobs as the verbs see them: everything is asked of the agent of this machine. */
export interface JobsClient {
  list(): Promise<readonly JobView[]>;
  guests(): Promise<readonly HostedView[]>;
  places(): Promise<readonly PlaceView[]>;
  why(pid: number): Promise<WhyView>;
  migrate(pid: number, to: string): Promise<MoveReport>;
  signal(pid: number, signal: number): Promise<void>;
  nice(pid: number, nice: number): Promise<void>;
  forget(pid: number): Promise<void>;
  /** The job as it is after some seconds at the latest. */
  wait(pid: number): Promise<JobView>;
  /** What this member knows of members' loads, its own first. */
  loads(): Promise<readonly LoadRow[]>;
  expel(): Promise<SweepReport>;
  bring(): Promise<SweepReport>;
  settings(): Promise<Readonly<Record<string, unknown>>>;
  change(patch: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>>;
}

/** A question to the agent. */
type Ask = (method: 'GET' | 'POST', path: string, body?: unknown, ms?: number) => Promise<unknown>;

/** Moves of big programs over slow networks take their time. */
const MOVE_MS = 1_800_000;

const words = text({ most: 8 * 2 ** 20 });

const decodeJob: Decoder<JobView> = object({
  pid: integer(1),
  id: text(),
  uid: integer(),
  state: choice('queued', 'starting', 'running', 'stopped', 'moving', 'lost', 'ended'),
  host: text(),
  atHome: boolean,
  moves: integer(),
  tasks: integer(),
  memoryBytes: integer(),
  cpuMs: integer(),
  started: text(),
  argv: list(words, 200_000),
  status: optional(integer()),
  text: optional(text()),
});

const decodeHosted: Decoder<HostedView> = object({
  home: text(),
  id: text(),
  generation: integer(),
  uid: integer(),
  state: text(),
  command: words,
  tasks: integer(),
  memoryBytes: integer(),
  cpuMs: integer(),
});

const decodeMove: Decoder<MoveReport> = object({
  id: text(),
  pid: integer(),
  from: text(),
  to: text(),
  bytes: integer(),
  frozenMs: amount,
  stillMs: amount,
  totalMs: amount,
  steps: list(object({ name: text(), ms: amount })),
});

const stayed = object({ id: text(), pid: optional(integer()), command: words, reason: text() });
const decodeSweep: Decoder<SweepReport> = object({ moved: integer(), stayed: list(stayed) });
const decodeWhy: Decoder<WhyView> = object({
  reasons: list(text()),
  members: list(object({ name: text(), reasons: list(text()) })),
});

const decodeLoad: Decoder<LoadRow> = object({
  overlay: text(),
  work: integer(),
  speed: integer(1),
  cpus: integer(1),
  freeMB: integer(),
  load: integer(),
  utilization: integer(),
  blocked: boolean,
  pressed: boolean,
  ageMs: integer(),
});

const decodePlace: Decoder<PlaceView> = object({ overlay: text(), closed: optional(text()) });

/** The jobs' part of the agent's API. */
export function jobsClient(ask: Ask): JobsClient {
  const post = (path: string, body: unknown, ms?: number) => ask('POST', path, body, ms);
  return {
    list: async () => list(decodeJob)(await ask('GET', '/v1/jobs'), 'jobs'),
    guests: async () => list(decodeHosted)(await ask('GET', '/v1/guests'), 'guests'),
    loads: async () => list(decodeLoad)(await ask('GET', '/v1/loads'), 'loads'),
    places: async () => list(decodePlace)(await ask('GET', '/v1/places'), 'places'),
    why: async (pid) => decodeWhy(await post('/v1/jobs/why', { pid }), 'the reasons'),
    migrate: async (pid, to) => decodeMove(await post('/v1/jobs/migrate', { pid, to }, MOVE_MS), 'the move'),
    signal: async (pid, signal) => void (await post('/v1/jobs/signal', { pid, signal })),
    nice: async (pid, nice) => void (await post('/v1/jobs/nice', { pid, nice })),
    forget: async (pid) => void (await post('/v1/jobs/forget', { pid })),
    wait: async (pid) => decodeJob(await post('/v1/jobs/wait', { pid }), 'the job'),
    expel: async () => decodeSweep(await post('/v1/ctl/expel', {}, MOVE_MS), 'the answer'),
    bring: async () => decodeSweep(await post('/v1/ctl/bring', {}, MOVE_MS), 'the answer'),
    settings: async () => settings(await ask('GET', '/v1/ctl')),
    change: async (patch) => settings(await post('/v1/ctl', patch)),
  };
}

function settings(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  throw new PlumpError('PLUMP_PROTOCOL', 'the settings are no object');
}
