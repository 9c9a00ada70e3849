import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { PlumpError } from '../../base/errors.ts';
import { dumpExternals } from '../../core/jobs/job-mounts.ts';
import type { DumpRecord, ImageTarget } from '../../model/guest.ts';
import type { SendImages } from '../../model/guest-ops.ts';
import { encodeFiles, type StreamedFile } from '../../network/image-stream.ts';
import { dumpArgs } from '../../system/criu/criu-args.ts';
import { readFrozenMs } from '../../system/criu/dump-statistics.ts';
import { makeImageRoom, removeMounts } from '../../system/guest-dev.ts';
import { runCommand } from '../../system/run-command.ts';
import { runShim } from '../../system/shim.ts';
import { namespaceInode, readHeldPaths } from '../../system/task-facts.ts';
import type { Guest } from './guest.ts';
import { readLocks } from './guest-locks.ts';
import { MemoryOut } from './memory-out.ts';
import { insideStopped, isStopped, tasksOf } from './quiet-guest.ts';

/** Without any more memory of it. */
const DUMP_MS = 120_000;
const FLUSH_MS = 60_000;
/** At most, beside what its memory takes, which bounds what it shares: copies of open files without a name, and CRIU's own tables. */
const MORE_BYTES = 256 * 2 ** 20;
const LINES_SHOWN = 3;
const PIECE_BYTES = 256 * 1024;

/** What a dump is made with. */
export interface DumpWays {
  /** Where the memory goes. */
  readonly to: ImageTarget;
  readonly send: SendImages;
  /** Why this host has no room for the other images. Made all the same they would have the kernel kill the largest: the job. */
  imagesLackRoom(): string | undefined;
}

/** f7 step 4: images of the whole job, its memory's straight to the target; its tasks stand still from then on. */
export async function dumpGuest(guest: Guest, ways: DumpWays): Promise<DumpRecord> {
  if (guest.record.state === 'dumped' && guest.record.dump) return guest.record.dump;
  const lack = ways.imagesLackRoom();
  if (lack !== undefined) throw new PlumpError('PLUMP_REFUSED', lack);
  const { paths, names, spec } = guest;
  guest.note({ state: 'dumping' });
  removeMounts([paths.images]);
  makeImageRoom(paths.images, guest.cgroup.memoryBytes + MORE_BYTES);
  const request = {
    pid: guest.record.pid ?? 0,
    images: paths.images,
    externals: dumpExternals(spec),
    netInode: guest.address === undefined ? undefined : namespaceInode(names.namespace),
  };
  const { signal } = guest.stop;
  const groups = spec.user.groups.map((group) => ['group', String(group)] as const);
  const memory = new MemoryOut(guest, ways);
  const end = await runShim({
    args: ['restore', '--', 'criu', ...dumpArgs(request)],
    records: [...groups, ['uid', String(spec.user.uid)], ['gid', String(spec.user.gid)]],
    timeoutMs: DUMP_MS,
    signal,
    channel: (stream, alive) => memory.begin(stream, alive),
  });
  const memoryBytes = await memory.ended(end.status === 0);
  if (end.status !== 0)
    throw new PlumpError('PLUMP_REFUSED', `CRIU cannot dump it: ${errorsOf(`${paths.images}/dump.log`) || end.err}`);
  const dump = await recordOf(guest, memoryBytes);
  await flush(guest);
  guest.note({ state: 'dumped', images: true, dump });
  return dump;
}

/** f7 step 5: what its tasks wrote is at home before anybody else goes on with the files. */
async function flush(guest: Guest): Promise<void> {
  if (!guest.spec.nfs) return;
  const folders = guest.spec.mounts.map(({ path }) => `/proc/${guest.record.pid}/root${path}`);
  const sync = () => runCommand('sync', ['-f', ...folders], { timeoutMs: FLUSH_MS });
  // An error may be another job's: it is told once per file system (evidence f6 §2).
  await sync().catch(sync);
}

/** What CRIU's log says went wrong, in one line. */
export function errorsOf(log: string): string {
  try {
    const lines = readFileSync(log, 'latin1').split('\n');
    const errors = lines.filter((line) => line.includes('Error')).map((line) => line.replace(/^.*?Error \S+ /, ''));
    return errors.slice(0, LINES_SHOWN).join('; ').slice(0, 500);
  } catch {
    return '';
  }
}

async function recordOf(guest: Guest, memoryBytes: number): Promise<DumpRecord> {
  const tasks = tasksOf(guest);
  const { stopped } = guest.record;
  return {
    quiet: { stopped: insideStopped(guest), locks: await readLocks(guest) },
    bytes: imageFiles(guest).reduce((sum, file) => sum + file.size, memoryBytes),
    frozenMs: readFrozenMs(guest.paths.images),
    tasks: tasks.map((task) => ({
      pid: task.pid,
      name: task.name,
      stopped: isStopped(task) && stopped.includes(task.hostPid),
      files: readHeldPaths(task.hostPid),
    })),
  };
}

/** f7 step 6: the other images, and the very program of pid 1. */
export async function sendGuest(guest: Guest, to: ImageTarget, send: SendImages): Promise<void> {
  if (!guest.record.images) throw new PlumpError('PLUMP_REFUSED', 'there are no images of this job');
  await send(guest.ref, to, 'rest', encodeFiles(imageFiles(guest)));
}

/** Images lie in memory: nothing is waited for. */
async function* piecesOf(at: string): AsyncGenerator<Uint8Array> {
  const file = openSync(at, 'r');
  try {
    for (;;) {
      const piece = Buffer.allocUnsafe(PIECE_BYTES);
      const length = readSync(file, piece);
      if (length === 0) return;
      yield piece.subarray(0, length);
    }
  } finally {
    closeSync(file);
  }
}

function imageFiles({ paths }: Guest): StreamedFile[] {
  const file = (name: string, at: string): StreamedFile => ({
    name,
    size: statSync(at).size,
    content: () => piecesOf(at),
  });
  const images = readdirSync(paths.images).filter((name) => name.endsWith('.img'));
  return [file('init', paths.init), ...images.map((name) => file(name, `${paths.images}/${name}`))];
}
