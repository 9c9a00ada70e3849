/** A row of docs/migration.md: something a program has or is, and whether it moves with it. */
export interface MigrationRow {
  readonly what: string;
  readonly moves: 'yes' | 'no';
  /** Within which bounds; of what does not move: the words of `plumpos ps --why`, in backquotes. */
  readonly how: string;
  /** The answer of openMosix' documents; empty where they give none. */
  readonly openMosix: string;
  /** Title of the test that shows it. What moves is claimed only once there is one. */
  readonly test?: string;
}

/** What belongs together. */
export interface MigrationChapter {
  readonly title: string;
  readonly rows: readonly MigrationRow[];
}

const PINNED = 'what pins a job to its home is known from its start on';
const TOLD = 'what is told of a program with';
const NAMED = 'what holds a program is named, with the program';
const LACKS = 'what keeps a job from a member names the member and what it lacks';

const TRIP = 'awk, perl, python3, Node.js, threads and a tree move from home to n1, n2 and home again, and go on';

const STREAM =
  '100 MB through a program that is moved 20 times come back whole, and what they pass needs less than 1 MB of memory';

const KINDS = 'memory, semaphores and queues, files, locks, sockets, timers and children of a program move with it';

const PROGRAMS: readonly MigrationRow[] = [
  {
    what: 'one computing process: awk, perl, python3',
    moves: 'yes',
    how: 'memory, registers and pid as they were',
    openMosix: 'yes: this awk line was its test',
    test: TRIP,
  },
  {
    what: 'threads',
    moves: 'yes',
    how: 'all together',
    openMosix: 'no: nothing that uses pthreads',
    test: TRIP,
  },
  {
    what: 'Node.js',
    moves: 'yes',
    how: 'its threads and timers',
    openMosix: 'no: threads (Java: only with green threads)',
    test: TRIP,
  },
  {
    what: 'a tree of processes in pipes: `shell \\| awk \\| sort`',
    moves: 'yes',
    how: 'the whole job, as one',
    openMosix: 'each process by itself',
    test: TRIP,
  },
  {
    what: 'a shell with its jobs: sessions, process groups, stopped and ended children',
    moves: 'yes',
    how: 'what was stopped stays so',
    openMosix: '',
    test: KINDS,
  },
  {
    what: 'a program that is being debugged (gdb, strace)',
    moves: 'no',
    how: '`ptrace: strace traces it`',
    openMosix: '',
    test: `${TOLD} a debugger`,
  },
  {
    what: 'a user namespace of its own (rootless containers, browsers)',
    moves: 'no',
    how: '`nested user namespace`',
    openMosix: '',
    test: `${TOLD} a nested user namespace`,
  },
  {
    what: "root's programs",
    moves: 'no',
    how: "`root's programs stay at home`: nobody else may do at home what root may",
    openMosix: '',
    test: PINNED,
  },
  {
    what: 'a user in more than 16 groups',
    moves: 'no',
    how: '`its user is in 17 groups: NFS carries 16`',
    openMosix: '',
    test: PINNED,
  },
  {
    what: 'what was started with `--nomig`, nomig, runhome, runon',
    moves: 'no',
    how: '`locked (--nomig, plumpos lock)`',
    openMosix: 'no: nomig, runhome, /proc/PID/lock',
    test: PINNED,
  },
];

const MEMORY: readonly MigrationRow[] = [
  {
    what: 'System V shared memory, semaphores, message queues',
    moves: 'yes',
    how: 'of one job; jobs do not share them',
    openMosix: 'no: shared memory (a patch stayed alpha)',
    test: KINDS,
  },
  {
    what: 'POSIX shared memory and semaphores, shared mappings, futexes, memfd',
    moves: 'yes',
    how: 'within one job',
    openMosix: 'no: shared memory',
    test: KINDS,
  },
  {
    what: 'a POSIX message queue',
    moves: 'no',
    how: '`POSIX mqueue /name`',
    openMosix: '',
    test: `${TOLD} a POSIX message queue`,
  },
  {
    what: 'huge pages (MAP_HUGETLB)',
    moves: 'no',
    how: '`huge pages`: no member keeps any ready',
    openMosix: '',
    test: `${TOLD} huge pages`,
  },
  { what: 'memfd_secret', moves: 'no', how: '`secret memory (memfd_secret)`', openMosix: '', test: NAMED },
  { what: 'userfaultfd', moves: 'no', how: '`userfaultfd`', openMosix: '', test: `${TOLD} a userfaultfd` },
];

const FILES: readonly MigrationRow[] = [
  {
    what: 'files that are read, written, appended to, mapped, renamed',
    moves: 'yes',
    how: "they are home's, everywhere; what several jobs append to at once: [run](run.md#what-differs-from-a-program-started-here)",
    openMosix: 'yes: by way of home, or oMFS with DFSA',
    test: KINDS,
  },
  {
    what: 'fcntl locks and flock',
    moves: 'yes',
    how: 'unlocked here and locked there at one stroke; who tries just then may have them first, and the job waits',
    openMosix: '',
    test: KINDS,
  },
  { what: 'a file that was deleted and is still open', moves: 'yes', how: 'up to 128 MB', openMosix: '', test: KINDS },
  {
    what: 'a larger one',
    moves: 'no',
    how: '`PATH was deleted and holds more than 128 MB`',
    openMosix: '',
    test: `${TOLD} a large file that has no name any more`,
  },
  { what: 'inotify', moves: 'yes', how: '', openMosix: '', test: KINDS },
  {
    what: 'a directory that was deleted while the program is in it',
    moves: 'no',
    how: '`its directory PATH was deleted`',
    openMosix: '',
    test: `${TOLD} a deleted directory`,
  },
  {
    what: 'a file, program or directory its user could not open again: the mode was changed, a program nobody may read',
    moves: 'no',
    how: '`PATH could not be opened again by its user`',
    openMosix: '',
    test: `${TOLD} files its user could not open again`,
  },
  {
    what: 'a program that stands on FUSE, autofs or a foreign NFS, or in /run: [which files it has](run.md#which-files-it-has)',
    moves: 'no',
    how: '`it uses PATH: fuse.sshfs cannot be served by NFS`',
    openMosix: '',
    test: PINNED,
  },
  {
    what: 'a device: sound, graphics, /dev/fuse, /dev/kvm',
    moves: 'no',
    how: '`device /dev/NAME`; null, zero, full, random, urandom, tty and ptmx move',
    openMosix: 'special files are not in oMFS',
    test: `${TOLD} a device`,
  },
];

const OTHERS: readonly MigrationRow[] = [
  {
    what: 'pipes and FIFOs inside the job',
    moves: 'yes',
    how: 'no byte lost or doubled',
    openMosix: 'yes',
    test: KINDS,
  },
  {
    what: 'stdin, stdout, stderr: pipes and files of home',
    moves: 'yes',
    how: 'no byte lost or doubled',
    openMosix: 'yes',
    test: STREAM,
  },
  {
    what: 'the terminal',
    moves: 'yes',
    how: 'size, settings, job control',
    openMosix: '',
    test: 'a shell on another node is worked with in a terminal, and is moved meanwhile',
  },
  {
    what: 'unix sockets inside the job',
    moves: 'yes',
    how: '',
    openMosix: 'the process does, the socket stays',
    test: KINDS,
  },
  {
    what: 'a unix socket that leads out of the job (X11, ssh-agent); only at home can there be one',
    moves: 'no',
    how: '`unix socket connected to PATH outside the job`',
    openMosix: 'the process does, the socket stays',
    test: `${TOLD} a unix socket that leads out of the job`,
  },
  {
    what: 'a TCP server (`--publish`) and its connections with the outside',
    moves: 'yes',
    how: 'the peer notices a pause',
    openMosix: 'the process does, the socket stays: every byte goes by way of home',
    test: 'clients outside of the cluster do not notice that the server they talk to is moved ten times',
  },
  {
    what: 'TCP and UDP inside the job',
    moves: 'yes',
    how: '',
    openMosix: 'the process does, the socket stays',
    test: KINDS,
  },
  {
    what: 'MPTCP (Go servers: `GODEBUG=multipathtcp=0`), vsock, AF_ALG',
    moves: 'no',
    how: '`MPTCP socket`',
    openMosix: '',
    test: `${TOLD} an MPTCP socket`,
  },
  {
    what: "`--net host`: home's own network",
    moves: 'no',
    how: '`--net host: it uses the network of home itself`',
    openMosix: '',
    test: PINNED,
  },
  {
    what: 'timers, eventfd, epoll, signalfd, timerfd',
    moves: 'yes',
    how: 'the pause shows on the wall clock only',
    openMosix: '',
    test: KINDS,
  },
  {
    what: 'io_uring',
    moves: 'no',
    how: '`io_uring`; programs in jobs get none (ENOSYS) and go on without',
    openMosix: '',
    test: `${TOLD} an io_uring`,
  },
  { what: 'pidfd', moves: 'no', how: '`pidfd`', openMosix: '', test: `${TOLD} a pidfd` },
  {
    what: 'performance counters, BPF, virtual machines',
    moves: 'no',
    how: '`perf_event`, `bpf-map`, `kvm-vm`',
    openMosix: 'VMware: no',
    test: `${TOLD} a performance counter`,
  },
];

const MEMBERS: readonly MigrationRow[] = [
  {
    what: 'between members booted with Secure Boot (kernel lockdown)',
    moves: 'yes',
    how: 'as between others',
    openMosix: '',
    test: 'a job moves between nodes that were booted with Secure Boot, whose kernels are locked down',
  },
  {
    what: 'to a member whose CPU lacks what the program may be using',
    moves: 'no',
    how: '`the CPU of n2 lacks avx2`: it may use what any member has that it was on, so it need not get back to an older one',
    openMosix: '',
    test: LACKS,
  },
  {
    what: 'to a member without room for its memory and its images; from one without room for an image of what it shares by System V or has in /dev/shm',
    moves: 'no',
    how: '`not enough memory on n2: …`',
    openMosix: '',
    test: LACKS,
  },
  {
    what: 'to or from a member whose CRIU does not work on its kernel, or that has none',
    moves: 'no',
    how: '`n2 has CRIU 3.17.1, which does not work on its kernel 6.18.44`',
    openMosix: 'the same kernel version on every machine',
    test: 'an old CRIU on a new kernel moves nothing, and is told beforehand',
  },
];

export const MIGRATION: readonly MigrationChapter[] = [
  { title: 'Programs', rows: PROGRAMS },
  { title: 'Memory', rows: MEMORY },
  { title: 'Files', rows: FILES },
  { title: 'Between programs, and with the world', rows: OTHERS },
  { title: 'Members', rows: MEMBERS },
];
