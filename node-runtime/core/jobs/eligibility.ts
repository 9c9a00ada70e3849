/** Something a task has open or mapped. */
export interface HeldTrait {
  /** What the kernel calls it: a path inside the job, `socket:[12]`, `anon_inode:[eventfd]` … */
  readonly target: string;
  /** Of a socket, as the kernel names it: `TCP`, `UNIX`, `MPTCP` … */
  readonly protocol?: string;
  /** It is on none of the job's mounts: a POSIX message queue, or something that was opened outside. */
  readonly elsewhere?: 'mqueue' | 'outside';
  /** The other end of a unix socket, where it is outside the job: its path, or empty. */
  readonly peer?: string;
}

/** A task of a guest, as far as it matters for whether the guest can move. */
export interface TaskTraits {
  readonly pid: number;
  readonly name: string;
  /** Name of the program that traces it; missing when none does. */
  readonly tracer?: string;
  /** `user:[…]` of the task; empty when it has just ended. */
  readonly userNamespace: string;
  readonly cwd: string;
  readonly held: readonly HeldTrait[];
  /** What CRIU could not open again, each with the reason. */
  readonly refused: readonly string[];
}

/** Devices of a job's own /dev. */
const OWN_DEVICES = /^\/dev\/(null|zero|full|random|urandom|tty|ptmx|pts\/\w+|shm\/.*|\.plumpos\/.*)$/;
/** What CRIU takes along of what has no name but a kind. */
const KNOWN_KINDS = new Set(['eventfd', 'eventpoll', 'inotify', 'signalfd', 'timerfd']);
const KNOWN_SOCKETS = new Set(
  'TCP TCPv6 UDP UDPv6 UDP-Lite UDPLITEv6 RAW RAWv6 UNIX UNIX-STREAM NETLINK PACKET'.split(' '),
);

/** Why a guest cannot move, each with the thing named; empty when it can. `host`: the host's own user namespace. Pure. */
export function reasonsToStay(tasks: readonly TaskTraits[], host: string): string[] {
  const reasons = tasks.flatMap((task) =>
    taskReasons(task, host).map((reason) => `${reason} (${task.name}, pid ${task.pid})`),
  );
  return [...new Set(reasons)];
}

function taskReasons(task: TaskTraits, host: string): string[] {
  return [
    ...(task.tracer === undefined ? [] : [`ptrace: ${task.tracer} traces it`]),
    ...(['', host].includes(task.userNamespace) ? [] : ['nested user namespace']),
    ...(task.cwd.endsWith(' (deleted)') ? [`its directory ${withoutMark(task.cwd)} was deleted`] : []),
    ...new Set(task.held.flatMap(heldReason)),
    ...task.refused,
  ];
}

function heldReason({ target, protocol, elsewhere, peer }: HeldTrait): string[] {
  if (peer !== undefined) return [`unix socket connected to ${peer || 'a program'} outside the job`];
  if (protocol !== undefined) return KNOWN_SOCKETS.has(protocol) ? [] : [`${protocol} socket`];
  if (target.startsWith('anon_inode:')) return kindReason(target.slice('anon_inode:'.length).replace(/^\[|\]$/g, ''));
  const path = withoutMark(target);
  if (path === '/secretmem') return ['secret memory (memfd_secret)'];
  if (path === '/anon_hugepage') return ['huge pages'];
  if (elsewhere === 'mqueue' || path.startsWith('/dev/mqueue/'))
    return [`POSIX mqueue ${path.replace('/dev/mqueue', '')}`];
  if (path.startsWith('/dev/') && !OWN_DEVICES.test(path)) return [`device ${path}`];
  return elsewhere === 'outside' ? [`${path} was opened outside the job`] : [];
}

function kindReason(kind: string): string[] {
  return KNOWN_KINDS.has(kind) ? [] : [kind];
}

function withoutMark(path: string): string {
  return path.replace(/ \(deleted\)$/, '');
}
