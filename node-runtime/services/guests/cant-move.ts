import { type HeldTrait, reasonsToStay, type TaskTraits } from '../../core/jobs/eligibility.ts';
import type { JobUser } from '../../model/job-spec.ts';
import { type HeldThing, readHeldThings } from '../../system/held-things.ts';
import { readDescriptors, readNamespaces, readTask, readWorkingFolder } from '../../system/task-facts.ts';
import type { TaskStatus } from '../../model/task.ts';
import { outsidePeers } from '../../system/unix-peers.ts';
import type { Guest } from './guest.ts';
import { type Holder, refusals } from './refused-files.ts';

/** The tasks of a guest, and what is around them. */
export interface HeldTasks {
  /** Host pids. */
  readonly pids: readonly number[];
  readonly user: JobUser;
  /** File of its network namespace; missing: it has the one of its home. */
  readonly namespaceFile?: string;
  /** Program of the shim, where it is not the machine's. */
  readonly shim?: string;
}

const MOST_REASONS = 256;
const MOST_LENGTH = 500;

/** Why this guest cannot move now, in plain words; empty when it can. */
export async function cantMove(guest: Guest): Promise<string[]> {
  const { names, address, spec } = guest;
  const reasons = await whatHolds({
    pids: guest.cgroup.pids(),
    user: spec.user,
    ...(address === undefined ? {} : { namespaceFile: names.namespace }),
  });
  return reasons.slice(0, MOST_REASONS).map(readable);
}

/** Names of files are bytes, and as long as somebody likes. */
function readable(reason: string): string {
  return Buffer.from(reason, 'latin1')
    .toString('utf8')
    .replace(/\p{Cc}/gu, '?')
    .slice(0, MOST_LENGTH);
}

/** What CRIU could not take along of these tasks or not bring back, looked at while they run. */
export async function whatHolds(tasks: HeldTasks): Promise<string[]> {
  const living = tasks.pids.flatMap((pid) => readTask(pid) ?? []);
  const holders = await Promise.all(
    living.map(async (task) => ({ task, pid: task.hostPid, things: await readHeldThings(task.hostPid) })),
  );
  const peers = await peersOutside(holders, tasks.namespaceFile);
  const refused = await refusals(holders, tasks);
  const traits = holders.map(({ task, pid, things }) => traitsOf(task, withPeers(things, peers), refused.get(pid)));
  return reasonsToStay(traits, readNamespaces('self').user);
}

/** By the names of the programs' own ends, `socket:[INODE]`. The shim's lead to the relay, and are closed for a move. */
async function peersOutside(
  holders: readonly (Holder & { readonly task: TaskStatus })[],
  namespaceFile: string | undefined,
): Promise<ReadonlyMap<string, string>> {
  const programs = holders.filter(({ task }) => task.pid !== 1);
  const asked = programs.flatMap(unixSockets);
  if (namespaceFile === undefined || asked.length === 0) return new Map();
  const found = [...(await outsidePeers(namespaceFile, asked, new Set(holders.flatMap(unixSockets))))];
  if (found.length === 0) return new Map();
  // One that was closed while the others were listed is in no list either.
  const still = new Set(programs.flatMap(({ pid }) => readDescriptors(pid).map(({ target }) => target)));
  return new Map(found.map(([inode, name]) => [`socket:[${inode}]`, name] as const).filter(([key]) => still.has(key)));
}

function unixSockets({ things }: Holder): number[] {
  const unix = things.filter(({ protocol }) => protocol?.startsWith('UNIX'));
  return unix.map(({ target }) => Number(/^socket:\[(\d+)\]$/.exec(target)?.[1]));
}

function withPeers(things: readonly HeldThing[], peers: ReadonlyMap<string, string>): HeldTrait[] {
  return things.map((thing) => {
    const peer = peers.get(thing.target);
    return peer === undefined ? thing : { ...thing, peer };
  });
}

function traitsOf(task: TaskStatus, held: readonly HeldTrait[], refused: readonly string[] = []): TaskTraits {
  const { hostPid, pid, name } = task;
  const tracer = task.tracer === 0 ? undefined : (readTask(task.tracer)?.name ?? 'a program');
  return {
    pid,
    name,
    ...(tracer === undefined ? {} : { tracer }),
    userNamespace: readNamespaces(hostPid).user,
    cwd: readWorkingFolder(hostPid),
    held,
    refused,
  };
}
