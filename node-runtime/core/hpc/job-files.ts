import { PlumpError } from '../../base/errors.ts';
import { findNode } from '../../model/find-node.ts';
import type { JobHint } from '../../model/job.ts';
import type { JobMask } from '../../model/job-mask.ts';
import type { NodeView } from '../../model/member.ts';
import type { Steering } from '../jobs/steer.ts';
import { filesIn, type HpcFile, switchOf, wholeOf } from './hpc-file.ts';

/** A job of this home, as its files tell it. */
export interface HpcJob {
  readonly pid: number;
  readonly uid: number;
  /** Number of the member it is on; 0: home. */
  readonly where: number;
  /** Number of the member it is moving to; 0: home; undefined: it does not. */
  readonly goingTo: number | undefined;
  readonly moves: number;
  readonly locked: boolean;
  readonly mask: JobMask;
  readonly hints: readonly JobHint[];
  readonly cantmove: readonly string[];
}

/** What a written file of a job wants done. */
export type JobWish = { readonly goto: string } | { readonly steer: Steering };

/** As masks are kept. */
const MOST_NODES = 4096;
const DECAYS: readonly JobHint[] = ['nodecay', 'slowdecay', 'fastdecay'];
const KINDS: readonly JobHint[] = ['cpujob', 'iojob'];
/** Files of decay/, and the hints they give. */
const DECAY_FILES: Readonly<Record<string, JobHint | undefined>> = {
  clear: undefined,
  cpujob: 'cpujob',
  iojob: 'iojob',
  slow: 'slowdecay',
  fast: 'fastdecay',
};

/** PID/: openMosix' names of /proc/PID, which only the job's user writes. */
export function jobFiles(job: HpcJob): HpcFile[] {
  const { pid, uid, where, goingTo = '', moves, locked, mask, hints, cantmove } = job;
  const seen = { where, nmigs: moves, cantmove: cantmove.join('\n') };
  const masked = { migfilter: Number(mask.filter), migpolicy: Number(mask.allow), mignodes: bitsOf(mask.nodes) };
  const written = { lock: Number(locked), goto: goingTo, migrate: goingTo, decay: hints.join(' '), ...masked };
  return [...filesIn(`${pid}`, seen), ...filesIn(`${pid}`, written, uid)];
}

/** decay/: in openMosix for the process that writes; a file does not know that one, so root writes a PID. */
export function decayFiles(): HpcFile[] {
  return filesIn('decay', Object.fromEntries(Object.keys(DECAY_FILES).map((name) => [name, 0])), 0);
}

/** @throws PlumpError PLUMP_USAGE when the word is none */
export function jobWish(name: string, word: string, job: HpcJob, members: readonly NodeView[]): JobWish {
  switch (name) {
    case 'goto':
    case 'migrate':
      return { goto: word === '0' ? 'home' : word === '-1' || word === 'balance' ? 'best' : word };
    case 'lock':
      return { steer: { locked: switchOf(word) } };
    case 'decay':
      return { steer: { hints: word.split(/\s+/).reduce(withHint, job.hints) } };
    case 'migfilter':
      return { steer: { mask: { ...job.mask, filter: switchOf(word) } } };
    case 'migpolicy':
      return { steer: { mask: { ...job.mask, allow: switchOf(word) } } };
    case 'mignodes':
      return { steer: { mask: { ...job.mask, nodes: nodesOf(word, members) } } };
    default:
      throw new PlumpError('PLUMP_USAGE', `${name} takes nothing`);
  }
}

/** What a PID in a file of decay/ wants. @throws PlumpError PLUMP_USAGE */
export function decayWish(name: string, word: string, jobs: readonly HpcJob[]): JobWish & { readonly pid: number } {
  const job = jobs.find(({ pid }) => pid === wholeOf(word));
  if (job === undefined)
    throw new PlumpError(
      'PLUMP_USAGE',
      `${word} is no job of this home: a file cannot know who writes it, so it takes a PID`,
    );
  return { pid: job.pid, steer: { hints: withHint(job.hints, DECAY_FILES[name] ?? 'clear') } };
}

/** One hint takes the place of its kind. */
function withHint(hints: readonly JobHint[], word: string): readonly JobHint[] {
  if (word === 'clear') return [];
  const kind = [KINDS, DECAYS].find((one) => one.some((hint) => hint === word));
  if (kind === undefined)
    throw new PlumpError('PLUMP_USAGE', `'${word.slice(0, 40)}' is none of clear ${[...KINDS, ...DECAYS].join(' ')}`);
  return [...hints.filter((hint) => !kind.includes(hint)), word as JobHint];
}

/** Bit lists by what they were made from: a long one takes a while, and each is asked for once a second. */
const BITS = new WeakMap<readonly number[], string>();

/** openMosix' bit list: node n is 2^(n-1). */
function bitsOf(nodes: readonly number[]): string {
  const known = BITS.get(nodes);
  if (known !== undefined) return known;
  const bits = nodes.reduce((sum, number) => (number === 0 ? sum : sum | (1n << BigInt(number - 1))), 0n).toString();
  BITS.set(nodes, bits);
  return bits;
}

/** A bit list, decimal or 0x…, or NODEs. */
function nodesOf(word: string, members: readonly NodeView[]): number[] {
  if (!/^(\d+|0x[0-9a-f]+)$/i.test(word)) return word.split(/[\s,]+/).map((one) => findNode(members, one).number);
  const bits = BigInt(word).toString(2);
  const nodes: number[] = [];
  for (let at = bits.length - 1; at >= 0; at--) if (bits[at] === '1') nodes.push(bits.length - at);
  const last = nodes.at(-1) ?? 0;
  if (nodes.length > MOST_NODES) throw new PlumpError('PLUMP_USAGE', `a mask has ${MOST_NODES} members at most`);
  if (last > 65_535) throw new PlumpError('PLUMP_USAGE', `no member has the number ${last}`);
  return nodes;
}
