import {
  amount,
  boolean,
  choice,
  type Decoded,
  type Decoder,
  either,
  integer,
  list,
  object,
  optional,
  text,
  tuple,
} from '../base/decoder.ts';
import { messageOf, PlumpError } from '../base/errors.ts';
import { linesOfJson } from './json-lines.ts';
import type { Scenario } from './scenario.ts';

const MOST_MEMBERS = 100_000;
const MOST_JOBS = 1_000_000;
const MOST_SECONDS = 86_400;

const positive: Decoder<number> = (value, where) => {
  const number = amount(value, where);
  if (number === 0) throw new PlumpError('PLUMP_PROTOCOL', `${where} must be more than 0`);
  return number;
};

/** A share, 0 to 1. */
const share: Decoder<number> = (value, where) => {
  const number = amount(value, where);
  if (number > 1) throw new PlumpError('PLUMP_PROTOCOL', `${where} must be at most 1, not ${number}`);
  return number;
};

const count = integer(1, MOST_JOBS);

const decodeFile = object({
  name: optional(text({ most: 64, pattern: /^[\w ./-]+$/ })),
  members: list(
    object({
      count: optional(integer(1, MOST_MEMBERS)),
      cpus: optional(integer(1, 1024)),
      speed: optional(integer(1, 65_535)),
      memoryMB: optional(integer(1, 2 ** 31 - 1)),
    }),
  ),
  jobs: list(
    object({
      count: optional(count),
      home: optional(either(integer(1, MOST_MEMBERS), choice('any'))),
      fromS: optional(amount),
      toS: optional(amount),
      cpuS: optional(tuple(positive, positive)),
      memoryMB: optional(amount),
      use: optional(positive),
      placed: optional(boolean),
    }),
  ),
  events: optional(
    list(object({ atS: amount, member: integer(1, MOST_MEMBERS), what: choice('crash', 'leave', 'boot') })),
  ),
  liars: optional(list(object({ member: integer(1, MOST_MEMBERS), how: choice('refuses', 'starves') }))),
  move: optional(object({ fixedS: amount, linkMBs: optional(positive) })),
  loss: optional(share),
  seconds: optional(integer(1, MOST_SECONDS)),
});

/**
 * Reads a scenario file (docs/balance.md describes it).
 * @throws PlumpError PLUMP_INPUT naming the line.
 */
export function readScenario(json: string, file: string): Scenario {
  const value = parse(json, file);
  try {
    const scenario = complete(decodeFile(value, ''));
    check(scenario);
    return scenario;
  } catch (error) {
    if (!(error instanceof PlumpError)) throw error;
    throw atLine(error, json, file);
  }
}

function parse(json: string, file: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    const line = json.slice(0, faultIn(json)).split('\n').length;
    throw new PlumpError('PLUMP_INPUT', `${file}:${line}: no JSON: ${messageOf(cause).split('\n')[0]}`, { cause });
  }
}

/** Where a text stops being JSON. V8 does not always say it, but never complains of the end of what was good up to there. */
function faultIn(json: string): number {
  const place = (length: number): number | undefined => {
    try {
      JSON.parse(json.slice(0, length));
      return undefined;
    } catch (error) {
      const message = messageOf(error);
      const told = /at position (\d+)/.exec(message)?.[1];
      if (told !== undefined) return Number(told) < length ? Number(told) : undefined;
      return message.includes('end of JSON') ? undefined : length - 1;
    }
  };
  let good = 0;
  let bad = json.length;
  while (good + 1 < bad) {
    const middle = (good + bad) >> 1;
    if (place(middle) === undefined) good = middle;
    else bad = middle;
  }
  return Math.max(0, bad - 1);
}

function complete(file: Decoded<typeof decodeFile>): Scenario {
  return {
    name: file.name ?? 'scenario',
    members: file.members.map((one) => ({ count: 1, cpus: 1, speed: 10_000, memoryMB: 4096, ...one })),
    jobs: file.jobs.map(({ cpuS, ...one }) => {
      const fromS = one.fromS ?? 0;
      const job = { count: 1, home: 1, fromS, toS: fromS, memoryMB: 16, use: 1, placed: false, ...one };
      return { ...job, cpuS: cpuS === undefined ? undefined : ([cpuS[0], cpuS[1]] as const) };
    }),
    events: file.events ?? [],
    liars: file.liars ?? [],
    move: { fixedS: file.move?.fixedS ?? 1, linkMBs: file.move?.linkMBs ?? Number.POSITIVE_INFINITY },
    loss: file.loss ?? 0,
    seconds: file.seconds ?? 600,
  };
}

/** What no decoder of one field can see. */
function check({ members, jobs, events, liars }: Scenario): void {
  const there = members.reduce((sum, group) => sum + group.count, 0);
  if (there === 0) throw wrong('members', 'there are none');
  if (there > MOST_MEMBERS) throw wrong('members', `${there} are too many: ${MOST_MEMBERS} at most`);
  if (jobs.reduce((sum, group) => sum + group.count, 0) > MOST_JOBS)
    throw wrong('jobs', `too many: ${MOST_JOBS} at most`);
  for (const [i, { home, fromS, toS, cpuS }] of jobs.entries()) {
    if (home !== 'any' && home > there) throw wrong(`jobs[${i}].home`, `there is no member ${home}`);
    if (toS < fromS) throw wrong(`jobs[${i}].toS`, 'before fromS');
    if (cpuS !== undefined && cpuS[1] < cpuS[0]) throw wrong(`jobs[${i}].cpuS`, 'the second is less than the first');
  }
  for (const [name, these] of Object.entries({ events, liars }))
    for (const [i, { member }] of these.entries())
      if (member > there) throw wrong(`${name}[${i}].member`, `there is no member ${member}`);
}

function wrong(path: string, message: string): PlumpError {
  return new PlumpError('PLUMP_PROTOCOL', `.${path}: ${message}`);
}

/** Says on which line it is, and leaves out the dot with which all paths begin. */
function atLine(error: PlumpError, json: string, file: string): PlumpError {
  const [, path = '', rest = ''] = /^\.?((?:\.?\w+|\[\d+\])*)(.*)$/s.exec(error.message) ?? [];
  const key = /^: '(\w+)' is not known/.exec(rest)?.[1];
  const lines = linesOfJson(json);
  const full = key === undefined ? path : path === '' ? key : `${path}.${key}`;
  const line = lines.get(full) ?? lines.get(path.replace(/\.?\w+$|\[\d+\]$/, '')) ?? 1;
  return new PlumpError('PLUMP_INPUT', `${file}:${line}: ${path}${rest}`, { cause: error });
}
