import { randomBytes } from 'node:crypto';
import { PlumpError } from '../../base/errors.ts';
import type { HomeSettings } from '../../core/jobs/home-context.ts';
import type { Home } from '../../core/jobs/home.ts';
import type { StartAnswer } from '../../core/jobs/launch.ts';
import { findNode } from '../../model/find-node.ts';
import type { HomeKernel, UnfollowedMount } from '../../model/guest-ops.ts';
import type { NodeView } from '../../model/member.ts';
import type { RunRequest } from '../../network/run-request/decode.ts';
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
  const where = typeof request.where === 'string' ? request.where : request.where.map((word) => overlayOf(deps, word));
  checkRoot(caller, where, deps);
  for (const remark of programRemarks(request.program.argv[0] ?? '', request.program.env, cwd)) say('note', remark);
  const { cpus, memoryBytes, nomig, hint, publish } = request;
  const lostTtlMs = request.lostTtlMs ?? deps.settings.lostTtlMs;
  return deps.home.start({
    deputy: { pid: caller.pid, start: caller.start, token: randomBytes(16).toString('hex') },
    spec: {
      ...request.program,
      user: caller.user,
      pid: caller.pid,
      hostName: deps.hostName,
      cwd,
      mounts: followed,
      limits: {
        tasks: MOST_TASKS,
        ...(memoryBytes > 0 ? { memoryBytes } : {}),
        ...(cpus === undefined ? {} : { cpuPercent: cpus * 100 }),
      },
      orphanMs: Math.max(deps.settings.orphanTtlMs, lostTtlMs),
    },
    unfollowed: touched(unfollowed, cwd, request),
    hostNetwork: request.hostNetwork,
    wish: { where, nomig, ...(hint === undefined ? {} : { hint }), memoryBytes, lostTtlMs, publish },
    withdrawn,
    tell: (before) =>
      say('queued', before === 0 ? 'waits for its turn, as the next' : `waits for its turn, ${before} before it`),
  });
}

function overlayOf({ members }: RunDeps, word: string): string {
  return findNode(members, word).overlay;
}

function checkRoot({ user }: Caller, where: RunRequest['where'], { members }: RunDeps): void {
  const away = typeof where === 'object' && where.some((one) => members.find(({ self }) => self)?.overlay !== one);
  if (user.uid === 0 && away)
    throw new PlumpError('PLUMP_DENIED', "root's programs stay at home (runuser -u NAME -- plumpos run …)");
}

/** Mounts no host can follow that the job stands on: its directory, program or files are there. */
function touched(unfollowed: readonly UnfollowedMount[], cwd: string, { program }: RunRequest) {
  const used = [
    cwd,
    program.argv[0] ?? '',
    ...program.stdio.flatMap((one) => (typeof one === 'object' && 'path' in one ? [one.path] : [])),
  ];
  return unfollowed.filter(({ path }) =>
    used.some((one) => one === path || one.startsWith(path === '/' ? '/' : `${path}/`)),
  );
}
