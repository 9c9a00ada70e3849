import { statfsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dlopen } from 'node:ffi';
import { readText } from './read-text.ts';
import { readDescriptors, readOwnPaths } from './task-facts.ts';

/** Something a task has open or mapped. */
export interface HeldThing {
  /** A path inside the job, `socket:[12]`, `anon_inode:[eventfd]`, `/tmp/x (deleted)` … */
  readonly target: string;
  /** Rights it was opened with: of `r` and `w`, or empty where none were needed (O_PATH). */
  readonly modes: string;
  /** Its descriptor; missing for mappings, program and folders. */
  readonly fd?: number;
  /** Of a socket: `TCP`, `UNIX`, `AF_VSOCK` … */
  readonly protocol?: string;
  /** It is on none of the mounts the task sees. */
  readonly elsewhere?: 'mqueue' | 'outside';
}

const O_PATH = 0o10000000;
const MODES = ['r', 'w', 'rw', 'rw'];
const MQUEUE_MAGIC = 0x1980_0202;
/** Files without a name on mounts of the kernel's own, which are no files to CRIU. */
const KERNELS_OWN = /^\/(memfd:|dev\/zero|SYSV|secretmem|anon_hugepage|\[aio\])/;

const { functions: libc } = dlopen(null, {
  getxattr: { arguments: ['string', 'string', 'pointer', 'u64'], return: 'i64' },
});

/** Everything a task holds; empty when it has ended meanwhile. */
export async function readHeldThings(pid: number): Promise<HeldThing[]> {
  const mounts = mountIds(pid);
  const open = readDescriptors(pid).map(({ fd, target }) => openThing(pid, fd, target, mounts));
  // Waits while the task changes its memory, which may be long: never in the agent's own thread.
  const maps = await readFile(`/proc/${pid}/maps`, 'latin1').catch(() => '');
  const own = readOwnPaths(pid).map((target) => ({ target, modes: 'r' }));
  return [...open, ...parseMaps(maps), ...own].filter(({ target }) => target !== '');
}

/** What is mapped, from the text of /proc/PID/maps: each file once, with the rights it would be opened with. */
export function parseMaps(text: string): HeldThing[] {
  const modes = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, flags = '', path = ''] = /^\S+ (\S{4}) \S+ \S+ \d+ +(.*)$/.exec(line) ?? [];
    if (path === '' || path.startsWith('[')) continue;
    const target = path.replaceAll(String.raw`\012`, '\n');
    const written = flags[1] === 'w' && flags[3] === 's';
    modes.set(target, written ? 'rw' : (modes.get(target) ?? 'r'));
  }
  return [...modes].map(([target, mode]) => ({ target, modes: mode }));
}

function openThing(pid: number, fd: number, target: string, mounts: ReadonlySet<number>): HeldThing {
  const link = `/proc/${pid}/fd/${fd}`;
  if (target.startsWith('socket:')) return { target, fd, modes: '', ...socketKind(link) };
  const { flags, mount } = descriptorInfo(pid, fd);
  const modes = (flags & O_PATH) === 0 ? (MODES[flags & 3] ?? '') : '';
  // Without a mount: closed since it was listed.
  const known = !target.startsWith('/') || mount === undefined || mounts.has(mount) || KERNELS_OWN.test(target);
  return { target, fd, modes, ...(known ? {} : { elsewhere: elsewhere(link, target) }) };
}

function socketKind(link: string): { protocol?: string } {
  const name = Buffer.alloc(64);
  const length = Number(libc.getxattr(link, 'system.sockprotoname', name, BigInt(name.length)));
  const protocol = name.toString('latin1', 0, Math.max(0, length)).replace(/\0.*$/s, '');
  return protocol === '' ? {} : { protocol };
}

function descriptorInfo(pid: number, fd: number): { flags: number; mount: number | undefined } {
  const text = readText(`/proc/${pid}/fdinfo/${fd}`);
  const mount = /^mnt_id:\s+(\d+)/m.exec(text)?.[1];
  return {
    flags: Number.parseInt(/^flags:\s+(\d+)/m.exec(text)?.[1] ?? '0', 8),
    mount: mount === undefined ? undefined : Number(mount),
  };
}

/** Only names as queues have them are looked at: another file may be on a server that does not answer. */
function elsewhere(link: string, target: string): 'mqueue' | 'outside' {
  if (target.lastIndexOf('/') !== 0) return 'outside';
  try {
    return statfsSync(link).type === MQUEUE_MAGIC ? 'mqueue' : 'outside';
  } catch {
    return 'outside';
  }
}

function mountIds(pid: number): ReadonlySet<number> {
  return new Set(
    readText(`/proc/${pid}/mountinfo`)
      .split('\n')
      .map((line) => Number(line.split(' ', 1)[0])),
  );
}
