import type { DumpRecord } from '../../model/guest.ts';
import type { JobSpec } from '../../model/job-spec.ts';
import type { TaskStatus } from '../../model/task.ts';

/** A restored task, as the kernel shows it. */
export interface RestoredTask extends Omit<TaskStatus, 'hostPid' | 'tracer'> {
  readonly files: readonly string[];
  readonly namespaces: Readonly<Record<string, string>>;
}

/** A mount of the restored job. */
export interface RestoredMount {
  readonly path: string;
  readonly type: string;
  readonly options: readonly string[];
}

/** What a restored job is compared with. */
export interface Expected {
  readonly spec: JobSpec;
  readonly dump: DumpRecord;
  /** `net:[INODE]` of the namespace made for it. */
  readonly net: string;
  /** Namespaces of the host itself. */
  readonly host: Readonly<Record<string, string>>;
  /** Path and type of each mount it must have, or may have. */
  readonly mounts: readonly { readonly path: string; readonly type: string; readonly optional?: boolean }[];
}

const NO_RIGHTS = /^0+$/;
/** Without any special device: the job's own /dev, and what covers parts of /proc. */
const DEVICES = new Set(['/dev', '/dev/pts']);
const OWN = ['mnt', 'pid', 'ipc', 'uts'];

/**
 * What is wrong with a restored job before it may run: an image that came from a host is as good as that host (evidence
 * f4 §5). Empty: nothing. Pure.
 */
export function checkRestored(
  tasks: readonly RestoredTask[],
  mounts: readonly RestoredMount[],
  expected: Expected,
): string[] {
  const { dump } = expected;
  const known = new Map(dump.tasks.map((task) => [task.pid, task]));
  const missing = dump.tasks.filter((task) => !tasks.some(({ pid }) => pid === task.pid));
  return [
    ...missing.map(({ pid }) => `task ${pid} is missing`),
    ...tasks.flatMap((task) => {
      const before = known.get(task.pid);
      const wrong = before
        ? [...rightsOf(task, expected), ...placeOf(task, expected), ...changed(task, before)]
        : ['did not leave'];
      return wrong.map((what) => `task ${task.pid} ${what}`);
    }),
    ...mountsOf(mounts, expected),
  ];
}

function rightsOf(task: RestoredTask, { spec: { user } }: Expected): string[] {
  const sorted = (ids: readonly number[]) => [...new Set(ids)].toSorted((a, b) => a - b).join();
  return [
    ...(task.uids.every((id) => id === user.uid) ? [] : [`has uid ${task.uids.join()}`]),
    ...(task.gids.every((id) => id === user.gid || user.groups.includes(id)) ? [] : [`has gid ${task.gids.join()}`]),
    ...(sorted(task.groups) === sorted(user.groups) ? [] : [`has groups ${task.groups.join()}`]),
    ...(task.noNewPrivileges ? [] : ['may gain privileges']),
    ...(task.capabilities.every((set) => NO_RIGHTS.test(set)) ? [] : ['has capabilities']),
  ];
}

function placeOf(task: RestoredTask, { net, host }: Expected): string[] {
  return [
    ...(task.state === 'T' ? [] : [`is not stopped (${task.state})`]),
    ...(task.namespaces['net'] === net ? [] : ['is in another network']),
    ...(task.namespaces['user'] === host['user'] ? [] : ['has a user namespace']),
    ...OWN.flatMap((name) => (task.namespaces[name] === host[name] ? [`is in the host's ${name} namespace`] : [])),
  ];
}

function changed(task: RestoredTask, before: DumpRecord['tasks'][number]): string[] {
  const held = new Set(before.files.map(withoutName));
  const strange = task.files.filter((path) => !isUnnamed(path) && !held.has(path));
  return [
    ...(task.name === before.name ? [] : [`is called '${task.name}', not '${before.name}'`]),
    ...strange.slice(0, 3).map((path) => `holds ${path}, which it did not`),
  ];
}

/** Files without a name have another one after a restore; they were opened with the user's own rights. */
function isUnnamed(path: string): boolean {
  return path.endsWith(' (deleted)') || path.includes('/.nfs');
}

function withoutName(path: string): string {
  return path.replace(/ \(deleted\)$/, '');
}

function mountsOf(mounts: readonly RestoredMount[], { mounts: wanted }: Expected): string[] {
  const key = (one: { path: string; type: string }) => `${one.path} (${one.type})`;
  const there = mounts.map(key);
  const expected = wanted.map(key);
  const missing = wanted.filter((one) => !one.optional && !there.includes(key(one)));
  const loose = mounts.filter((one) => !one.options.includes('nosuid') || !holdsNoDevices(one));
  const writable = mounts.filter((one) => ['/sys', '/proc/sys'].includes(one.path) && !one.options.includes('ro'));
  return [
    ...there.filter((one) => !expected.includes(one)).map((one) => `${one} was not mounted before`),
    ...missing.map((one) => `${key(one)} is not mounted any more`),
    ...loose.map((one) => `${one.path} gives rights or devices`),
    ...writable.map((one) => `${one.path} can be written`),
  ];
}

/** What covers a file of /proc is the job's own /dev/null. */
function holdsNoDevices({ path, type, options }: RestoredMount): boolean {
  return options.includes('nodev') || DEVICES.has(path) || (path.startsWith('/proc/') && type === 'tmpfs');
}
