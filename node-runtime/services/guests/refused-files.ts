import type { JobUser } from '../../model/job-spec.ts';
import { askForFiles, type FileAnswer, SIZE, type WantedFile } from '../../system/access-check.ts';
import { GHOST_LIMIT_MB } from '../../system/criu/criu-args.ts';
import { type HeldThing, readHeldThings } from '../../system/held-things.ts';

/** A task and what it holds. */
export interface Holder {
  readonly pid: number;
  readonly things: readonly HeldThing[];
}

/** Not on home's file system: the job's own, or none. */
const OWN = /^\/(proc|sys|dev)(\/|$)|^\/(memfd:|SYSV|secretmem|anon_hugepage|\[aio\])/;
const DELETED = / \(deleted\)$/;
/** What a file without a name is called on an NFS client. */
const SILLY = /\/\.nfs[0-9a-f]{16,}$/;

/**
 * Which files CRIU could not copy or, on the target, not open again with the user's rights.
 * @returns the reasons of each task that has any
 */
export async function refusals(
  holders: readonly Holder[],
  { user, shim }: { readonly user: JobUser; readonly shim?: string },
): Promise<ReadonlyMap<number, readonly string[]>> {
  const root = holders[0]?.pid;
  // Root's programs stay at home anyway, and nothing is refused to them there.
  if (root === undefined || user.uid === 0) return new Map();
  const place = { user, root: `/proc/${root}/root`, ...(shim === undefined ? {} : { shim }) };
  const asked = holders.map(({ pid, things }) => ({ pid, things: things.filter(isFile) }));
  const files = Map.groupBy(
    asked.flatMap(({ pid, things }) => things.map((thing) => wanted(pid, thing))),
    keyOf,
  );
  const answers = await askForFiles(
    place,
    [...files.values()].map(([one]) => one as WantedFile),
  );
  const byFile = new Map([...files.keys()].map((key, index) => [key, answers[index] ?? {}]));
  const reasons = await Promise.all(
    asked.map(async ({ pid, things }) => [pid, await reasonsOf(pid, things, byFile)] as const),
  );
  return new Map(reasons);
}

function isFile({ target, fd }: HeldThing): boolean {
  return target.startsWith('/') && !OWN.test(target) && (!DELETED.test(target) || fd !== undefined);
}

function wanted(pid: number, { target, modes, fd }: HeldThing): WantedFile {
  if (!DELETED.test(target) && !(SILLY.test(target) && fd !== undefined)) return { path: target, modes };
  return { path: `/proc/${pid}/fd/${fd}`, modes: SIZE };
}

function keyOf({ path, modes }: WantedFile): string {
  return `${modes}:${path}`;
}

async function reasonsOf(
  pid: number,
  things: readonly HeldThing[],
  answers: ReadonlyMap<string, FileAnswer>,
): Promise<string[]> {
  const found = things.flatMap((thing) => {
    const answer = answers.get(keyOf(wanted(pid, thing))) ?? {};
    const text = sentence(thing.target, answer);
    return text === undefined ? [] : [{ target: thing.target, text }];
  });
  if (found.length === 0) return [];
  // A file that was closed or deleted meanwhile holds nothing.
  const still = new Set((await readHeldThings(pid)).map(({ target }) => target));
  return [...new Set(found.flatMap(({ target, text }) => (still.has(target) ? [text] : [])))];
}

function sentence(target: string, { error, bytes }: FileAnswer): string | undefined {
  if (bytes !== undefined && bytes > GHOST_LIMIT_MB * 2 ** 20)
    return `${target.replace(DELETED, '')} was deleted and holds more than ${GHOST_LIMIT_MB} MB`;
  if (error === undefined) return undefined;
  if (error === 'ENOENT') return `${target} is not there any more`;
  return `${target} could not be opened again by its user${error === 'EACCES' ? '' : ` (${error})`}`;
}
