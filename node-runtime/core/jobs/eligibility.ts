/** A task of a guest, as far as it matters for whether the guest can move. */
export interface TaskTraits {
  readonly pid: number;
  readonly name: string;
  readonly tracer: number;
  /** `user:[…]` of the task. */
  readonly userNamespace: string;
  readonly groups: number;
  readonly cwd: string;
  /** What its descriptors and mappings lead to. */
  readonly targets: readonly string[];
  /** Files it holds that its user could not open again, as she is now. */
  readonly unreadable: readonly string[];
}

/** AUTH_SYS carries no more. */
const MOST_GROUPS = 16;
/** Devices of a job's own /dev. */
const OWN_DEVICES = /^\/dev\/(null|zero|full|random|urandom|tty|ptmx|pts\/\w+|shm\/.*|\.plumpos\/.*)$/;

/** Why a guest cannot move, each with the thing named; empty when it can. `host`: the host's own user namespace. Pure. */
export function reasonsToStay(tasks: readonly TaskTraits[], host: string): string[] {
  const reasons = tasks.flatMap((task) =>
    taskReasons(task, host).map((reason) => `${reason} (${task.name}, pid ${task.pid})`),
  );
  return [...new Set(reasons)];
}

function taskReasons(task: TaskTraits, host: string): string[] {
  return [
    ...(task.tracer === 0 ? [] : ['ptrace: it is being debugged']),
    ...(task.userNamespace === host ? [] : ['nested user namespace']),
    ...(task.groups > MOST_GROUPS ? [`${task.groups} groups: NFS carries ${MOST_GROUPS}`] : []),
    ...(task.cwd.endsWith(' (deleted)') ? ['its directory was deleted'] : []),
    ...new Set(task.targets.flatMap(targetReason)),
    ...task.unreadable.map((path) => `${path} could not be opened again by its user`),
  ];
}

function targetReason(target: string): string[] {
  if (target === 'anon_inode:[io_uring]') return ['io_uring'];
  if (target === 'anon_inode:[perf_event]' || target === 'anon_inode:[bpf-prog]' || target === 'anon_inode:bpf-map')
    return [target.slice('anon_inode:'.length)];
  if (target === 'anon_inode:[pidfd]') return ['pidfd'];
  if (target.startsWith('/dev/mqueue/') || /^\/[^/]+ \(mqueue\)$/.test(target)) return ['POSIX mqueue'];
  if (target.startsWith('/dev/') && !OWN_DEVICES.test(target.replace(/ \(deleted\)$/, ''))) return [`device ${target}`];
  return [];
}
