import { PlumpError } from '../../base/errors.ts';
import { adminFiles, type AdminWish, adminWish, type HpcSettings } from './admin-files.ts';
import { filesIn, type HpcFile } from './hpc-file.ts';
import { decayFiles, decayWish, type HpcJob, jobFiles, type JobWish, jobWish } from './job-files.ts';
import { nodeFiles } from './node-files.ts';
import type { NodeView } from '../../model/member.ts';

/** A guest of another home. */
export interface HpcGuest {
  /** Of its first process, here. */
  readonly pid: number;
  /** Number and name of its home. */
  readonly home: number;
  readonly homeName: string;
  /** At home. */
  readonly homePid: number;
  readonly uid: number;
  readonly command: string;
  readonly memoryBytes: number;
  readonly cpuMs: number;
}

/** Everything the files are made from. */
export interface HpcFacts {
  readonly settings: HpcSettings & { readonly yard: number };
  /** Of one CPU of this member. */
  readonly speed: number;
  readonly version: string;
  readonly nodes: readonly NodeView[];
  readonly jobs: readonly HpcJob[];
  readonly guests: readonly HpcGuest[];
}

/** What a written file wants done; `pid` and the uid of whose job. */
export type HpcWish = AdminWish | (JobWish & { readonly pid: number; readonly uid: number });

const PAGE_BYTES = 4096;
/** A bit list may be long, and names of many members. */
const MOST_WORD = 256;
const TICK_MS = 10;

/** Every file below /run/hpc. */
export function hpcFiles({ settings, speed, version, nodes, jobs, guests }: HpcFacts): HpcFile[] {
  const number = nodes.find(({ self }) => self)?.number ?? 0;
  return [
    ...adminFiles(settings, speed, number, version),
    ...decayFiles(),
    ...nodeFiles(nodes, settings.yard, settings),
    ...jobs.flatMap(jobFiles),
    ...guests.flatMap(guestFiles),
  ];
}

/**
 * What is wanted by a word in a file.
 * @throws PlumpError PLUMP_USAGE when it cannot be
 */
export function hpcWish(path: string, word: string, { jobs, nodes }: HpcFacts): HpcWish {
  const [folder = '', name = ''] = path.split('/');
  if (word.length > MOST_WORD && name !== 'mignodes') throw new PlumpError('PLUMP_USAGE', 'that is too long');
  if (folder === 'admin') return adminWish(name, word);
  if (folder === 'decay') {
    const wish = decayWish(name, word, jobs);
    return { ...wish, uid: 0 };
  }
  const job = jobs.find(({ pid }) => `${pid}` === folder);
  if (job === undefined) throw new PlumpError('PLUMP_USAGE', `${path} takes nothing`);
  return { ...jobWish(name, word, job, nodes), pid: job.pid, uid: job.uid };
}

/** remote/PID/: openMosix' names. Pages and hundredths of a second, as in /proc. */
function guestFiles({ pid, home, homeName, homePid, uid, command, memoryBytes, cpuMs }: HpcGuest): HpcFile[] {
  return filesIn(`remote/${pid}`, {
    from: home,
    identity: `home=${homeName} pid=${homePid} uid=${uid} command=${command.replace(/\p{Cc}/gu, ' ').slice(0, 256)}`,
    statm: Math.round(memoryBytes / PAGE_BYTES),
    stats: Math.round(cpuMs / TICK_MS),
  });
}
