import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import type { TaskStatus } from '../model/task.ts';

/** Namespaces a task can be in, by their names in /proc/PID/ns. */
const NAMESPACES = ['net', 'mnt', 'pid', 'ipc', 'uts', 'user'] as const;
export type Namespaces = Readonly<Record<(typeof NAMESPACES)[number], string>>;

/** One process; undefined when it has ended meanwhile. */
export function readTask(hostPid: number): TaskStatus | undefined {
  try {
    return parseStatus(hostPid, readFileSync(`/proc/${hostPid}/status`, 'latin1'));
  } catch {
    return undefined;
  }
}

/** The text of /proc/PID/status. */
export function parseStatus(hostPid: number, text: string): TaskStatus {
  const field = (name: string) => new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(text)?.[1] ?? '';
  const numbers = (name: string) => field(name).split(/\s+/).filter(Boolean).map(Number);
  return {
    hostPid,
    pid: numbers('NSpid').at(-1) ?? hostPid,
    name: field('Name'),
    state: field('State').charAt(0),
    tracer: Number(field('TracerPid')),
    uids: numbers('Uid'),
    gids: numbers('Gid'),
    groups: numbers('Groups'),
    noNewPrivileges: field('NoNewPrivs') === '1',
    capabilities: ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map(field),
  };
}

export function readNamespaces(pid: number | 'self'): Namespaces {
  return Object.fromEntries(NAMESPACES.map((name) => [name, link(`/proc/${pid}/ns/${name}`)])) as Namespaces;
}

/** Inode of a namespace's name: as `net:[INODE]` of the tasks in it. */
export function namespaceInode(file: string): number {
  return statSync(file).ino;
}

/** Every link in /proc/PID/fd: descriptor and what it leads to, e.g. `/tmp/x`, `socket:[123]`, `anon_inode:[io_uring]`. */
export function readDescriptors(pid: number): { readonly fd: number; readonly target: string }[] {
  return names(`/proc/${pid}/fd`).map((name) => ({ fd: Number(name), target: link(`/proc/${pid}/fd/${name}`) }));
}

/** The directory a task is in; one that was deleted says so at its end. */
export function readWorkingFolder(pid: number): string {
  return link(`/proc/${pid}/cwd`);
}

/** Absolute paths, inside the job, of what a task holds: files, program and libraries, folders. Sorted, each once. */
export function readHeldPaths(pid: number): string[] {
  const descriptors = readDescriptors(pid).map(({ target }) => target);
  const mapped = names(`/proc/${pid}/map_files`).map((name) => link(`/proc/${pid}/map_files/${name}`));
  return [...new Set([...descriptors, ...mapped, ...readOwnPaths(pid)])]
    .filter((path) => path.startsWith('/'))
    .toSorted();
}

/** Its program, the directory it is in, and its root. */
export function readOwnPaths(pid: number): string[] {
  return ['exe', 'cwd', 'root'].map((name) => link(`/proc/${pid}/${name}`));
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function link(file: string): string {
  try {
    return readlinkSync(file, 'latin1');
  } catch {
    // Gone between listing and looking.
    return '';
  }
}
