import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { PlumpError } from '../../base/errors.ts';
import type { HomeSettings } from '../../core/jobs/home-context.ts';
import { checkMask, maskOfNames } from '../../core/jobs/job-mask.ts';
import { passableMounts, touchedMounts } from '../../core/jobs/home-mounts.ts';
import type { Home } from '../../core/jobs/home.ts';
import type { StartAnswer } from '../../core/jobs/launch.ts';
import { findNode } from '../../model/find-node.ts';
import type { HomeKernel } from '../../model/guest-ops.ts';
import type { HomeMount, JobUser } from '../../model/job-spec.ts';
import type { NodeView } from '../../model/member.ts';
import type { RunRequest } from '../../network/run-request/decode.ts';
import { askForFiles } from '../../system/access-check.ts';
import type { Caller } from '../../system/caller.ts';
import { programRemarks } from '../../system/program-remarks.ts';
import type { Say } from './run-server.ts';

/** What a program is started with, besides what its caller says. */
export interface RunDeps {
  readonly home: Home;
  readonly kernel: HomeKernel;
  readonly settings: HomeSettings;
  readonly members: readonly NodeView[];
  readonly hostName: string;
}

/** Processes and threads of a job, unless its user's own limit is lower. */
const MOST_TASKS = 4096;

/** Makes a job of a caller's request: who she is and where she stands by the kernel's word, what she wants by hers. */
export async function runProgram(
  deps: RunDeps,
  caller: Caller,
  request: RunRequest,
  withdrawn: AbortSignal,
  say: Say,
): Promise<StartAnswer> {
  const { cwd } = caller;
  if (cwd === undefined) throw new PlumpError('PLUMP_INPUT', 'the working directory was deleted');
  const { followed, unfollowed } = await deps.kernel.homeMounts();
  const used = touchedMounts(unfollowed, pathsOf(cwd, request));
  const where = typeof request.where === 'string' ? request.where : request.where.map((word) => overlayOf(deps, word));
  const mask = maskFor(deps, where, request);
  checkRoot(caller, where, deps);
  const [file] = request.files;
  // Another file system may be silent, and the agent must not wait for it.
  if (file !== undefined && touchedMounts(unfollowed, [file]).length === 0)
    for (const remark of programRemarks(request.program.argv[0] ?? '', file)) say('note', remark);
  const { cpus, memoryBytes, nomig, hints, publish } = request;
  const lostTtlMs = request.lostTtlMs ?? deps.settings.lostTtlMs;
  return deps.home.start({
    deputy: { pid: caller.pid, start: caller.start, token: randomBytes(16).toString('hex') },
    spec: {
      ...request.program,
      user: caller.user,
      pid: caller.pid,
      hostName: deps.hostName,
      cwd,
      mounts: await passable(caller.user, followed),
      limits: {
        tasks: MOST_TASKS,
        ...(memoryBytes > 0 ? { memoryBytes } : {}),
        ...(cpus === undefined ? {} : { cpuPercent: cpus * 100 }),
      },
      orphanMs: Math.max(deps.settings.orphanTtlMs, lostTtlMs),
    },
    used,
    hostNetwork: request.hostNetwork,
    wish: { where, nomig, hints, ...(mask.filter ? { mask } : {}), memoryBytes, lostTtlMs, publish },
    withdrawn,
    tell: (before) =>
      say('queued', before === 0 ? 'waits for its turn, as the next' : `waits for its turn, ${before} before it`),
  });
}

/** @throws PlumpError PLUMP_USAGE when it leaves nobody */
function maskFor({ members }: RunDeps, where: RunRequest['where'], request: RunRequest) {
  const mask = maskOfNames(members, request);
  checkMask(mask, typeof where === 'object' ? members.filter(({ overlay }) => where.includes(overlay)) : members);
  return mask;
}

function overlayOf({ members }: RunDeps, word: string): string {
  return findNode(members, word).overlay;
}

function checkRoot({ user }: Caller, where: RunRequest['where'], { members }: RunDeps): void {
  const away = typeof where === 'object' && where.some((one) => members.find(({ self }) => self)?.overlay !== one);
  if (user.uid === 0 && away)
    throw new PlumpError('PLUMP_DENIED', "root's programs stay at home (runuser -u NAME -- plumpos run …)");
}

/** Where the job stands, what it is, and what it is told of: its directory, program, interpreters, files, and words that name some. */
function pathsOf(cwd: string, { program: { argv, stdio }, files }: RunRequest): string[] {
  const words = argv.filter((word) => !word.startsWith('-')).map((word) => path.resolve(cwd, word));
  return [
    cwd,
    ...files,
    ...words,
    ...stdio.flatMap((one) => (typeof one === 'object' && 'path' in one ? [one.path] : [])),
  ];
}

/** Home's mounts without those its user may not go to: her own job could not mount them. */
async function passable(user: JobUser, followed: readonly HomeMount[]): Promise<HomeMount[]> {
  if (user.uid === 0 || followed.length < 2) return [...followed];
  const wanted = followed.map((one) => ({ path: one.path, modes: '' }));
  const answers = await askForFiles({ user, root: '/' }, wanted);
  return passableMounts(followed, (index) => answers[index]?.error !== undefined);
}
