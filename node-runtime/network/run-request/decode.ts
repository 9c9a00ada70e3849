import { PlumpError } from '../../base/errors.ts';
import type { PublishedPort } from '../../model/guest-ops.ts';
import type { JobHint } from '../../model/job.ts';
import type { JobSpec, Stdio } from '../../model/job-spec.ts';

/** What a deputy asks the agent for, as it came over run.sock; who asks is not in it: that the kernel says. */
export interface RunRequest {
  readonly where: 'best' | 'home' | readonly string[];
  readonly nomig: boolean;
  /** NODEs, as the caller calls them. */
  readonly only: readonly string[] | undefined;
  readonly not: readonly string[] | undefined;
  readonly hints: readonly JobHint[];
  readonly hostNetwork: boolean;
  readonly memoryBytes: number;
  readonly cpus: number | undefined;
  readonly lostTtlMs: number | undefined;
  readonly publish: readonly PublishedPort[];
  /** Where the program really is, and the interpreters of a script: as the deputy finds them, its word alone. */
  readonly files: readonly string[];
  readonly program: Pick<JobSpec, 'umask' | 'nice' | 'rlimits' | 'argv' | 'env' | 'stdio' | 'terminal' | 'ignore'>;
}

/** A deputy's last word: how its job ended, as wait(2) tells. */
export interface EndedRequest {
  readonly id: string;
  readonly token: string;
  readonly waitStatus: number;
}

/** A message of a deputy. */
export type DeputyRequest = { readonly run: RunRequest } | { readonly ended: EndedRequest };

type Records = ReadonlyMap<string, readonly string[]>;

/**
 * Decodes a deputy's message: `key=value` records, each ended by NUL, values being bytes.
 * @throws PlumpError PLUMP_PROTOCOL
 */
export function decodeDeputyRequest(bytes: Buffer): DeputyRequest {
  const records = recordsOf(bytes);
  const verb = one(records, 'verb');
  if (verb === 'run') return { run: runOf(records) };
  if (verb !== 'ended') throw refuse(`verb '${verb}' is not known`);
  const waitStatus = number(records, 'status', 0, 2 ** 32) ?? 0;
  return { ended: { id: need(records, 'id'), token: need(records, 'token'), waitStatus } };
}

const RUN_KEYS = new Set(
  'verb on home best only not mem cpu nomig cpujob iojob decay detach net publish lostttl umask nice rlimit fd tty ignore file arg env'.split(
    ' ',
  ),
);

function runOf(records: Records): RunRequest {
  for (const key of records.keys()) if (!RUN_KEYS.has(key)) throw refuse(`'${key}' is not known`);
  const argv = records.get('arg') ?? [];
  if (argv.length === 0) throw refuse('no program');
  const on = one(records, 'on');
  const tty = one(records, 'tty');
  const ignore = one(records, 'ignore');
  const seconds = number(records, 'lostttl', 1, 2 ** 31);
  return {
    where: on !== undefined ? on.split(',') : records.has('home') ? 'home' : 'best',
    nomig: records.has('nomig'),
    only: one(records, 'only')?.split(','),
    not: one(records, 'not')?.split(','),
    hints: hintsOf(records),
    hostNetwork: one(records, 'net') === 'host',
    memoryBytes: number(records, 'mem', 1, Number.MAX_SAFE_INTEGER) ?? 0,
    cpus: number(records, 'cpu', 1, 4096),
    lostTtlMs: seconds === undefined ? undefined : seconds * 1000,
    publish: (records.get('publish') ?? []).map(portOf),
    files: records.get('file') ?? [],
    program: {
      umask: Number.parseInt(need(records, 'umask'), 8),
      nice: number(records, 'nice', -20, 19) ?? 0,
      rlimits: (records.get('rlimit') ?? []).map(rlimitOf),
      argv,
      env: records.get('env') ?? [],
      stdio: stdioOf(records.get('fd') ?? []),
      ...(tty === undefined ? {} : { terminal: terminalOf(tty) }),
      ...(ignore === undefined ? {} : { ignore }),
    },
  };
}

const DECAYS: ReadonlyMap<string, JobHint> = new Map([
  ['no', 'nodecay'],
  ['slow', 'slowdecay'],
  ['fast', 'fastdecay'],
]);

function hintsOf(records: Records): JobHint[] {
  const word = one(records, 'decay');
  const decay = word === undefined ? undefined : DECAYS.get(word);
  if (word !== undefined && decay === undefined) throw refuse(`decay=${word.slice(0, 40)}`);
  const kind = (['cpujob', 'iojob'] as const).filter((hint) => records.has(hint));
  return [...kind, ...(decay === undefined ? [] : [decay])];
}

function recordsOf(bytes: Buffer): Records {
  const records = new Map<string, string[]>();
  if (bytes.length > 0 && bytes.at(-1) !== 0) throw refuse('the last record has no end');
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(0, at);
    const equals = bytes.indexOf(0x3d, at);
    if (equals < 0 || equals > end || equals === at) throw refuse('a record without a key');
    const key = bytes.toString('latin1', at, equals);
    const values = records.get(key) ?? [];
    values.push(bytes.toString('latin1', equals + 1, end));
    records.set(key, values);
    at = end + 1;
  }
  return records;
}

function stdioOf(texts: readonly string[]): Stdio[] {
  const stdio: Stdio[] = ['closed', 'closed', 'closed'];
  for (const one of texts) {
    const fd = Number(one.slice(0, 1));
    if (!(fd >= 0 && fd <= 2) || one[1] !== ':') throw refuse(`fd '${one.slice(0, 40)}'`);
    stdio[fd] = kindOf(one.slice(2));
  }
  return stdio;
}

function kindOf(text: string): Stdio {
  if (text === 'pipe' || text === 'null' || text === 'tty' || text === 'closed') return text;
  const same = /^same:([01])$/.exec(text);
  if (same) return { same: Number(same[1]) };
  const file = /^file:(\d{1,10}):(-?\d{1,16}):([^]+)$/.exec(text);
  if (!file) throw refuse(`a descriptor of kind '${text.slice(0, 40)}'`);
  return { flags: Number(file[1]), offset: Math.max(0, Number(file[2])), path: file[3] as string };
}

function rlimitOf(text: string): JobSpec['rlimits'][number] {
  const parts = /^(\d{1,2}):(\d{1,20}):(\d{1,20})$/.exec(text);
  if (!parts) throw refuse(`rlimit '${text.slice(0, 60)}'`);
  return { resource: Number(parts[1]), soft: parts[2] as string, hard: parts[3] as string };
}

function terminalOf(text: string): NonNullable<JobSpec['terminal']> {
  const parts = /^(\d{1,5}):(\d{1,5}):([0-9a-f]*)$/.exec(text);
  if (!parts) throw refuse('tty');
  return { rows: Number(parts[1]), columns: Number(parts[2]), termios: parts[3] as string };
}

function portOf(text: string): PublishedPort {
  const parts = /^(?:([0-9.]{7,15}):)?(\d{1,5})$/.exec(text);
  const port = Number(parts?.[2]);
  if (!parts || port < 1 || port > 65_535) throw refuse(`port '${text.slice(0, 40)}'`);
  return parts[1] === undefined ? { port } : { address: parts[1], port };
}

function one(records: Records, key: string): string | undefined {
  const values = records.get(key);
  if (values !== undefined && values.length > 1) throw refuse(`'${key}' twice`);
  return values?.[0];
}

function need(records: Records, key: string): string {
  const value = one(records, key);
  if (value === undefined) throw refuse(`no '${key}'`);
  return value;
}

function number(records: Records, key: string, least: number, most: number): number | undefined {
  const text = one(records, key);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || value < least || value > most) throw refuse(`${key}=${text.slice(0, 40)}`);
  return value;
}

function refuse(what: string): PlumpError {
  return new PlumpError('PLUMP_PROTOCOL', `the request was not understood: ${what}`);
}
