/** A dump as CRIU is asked for it. */
export interface DumpRequest {
  readonly pid: number;
  readonly images: string;
  readonly externals: readonly string[];
  /** Inode of the job's network namespace; missing: it has its host's. */
  readonly netInode: number | undefined;
}

/** A restore as CRIU is asked for it. */
export interface RestoreRequest {
  readonly root: string;
  readonly images: string;
  readonly externals: readonly string[];
  readonly pidFile: string;
}

/** Name of the job's network namespace in its images. */
const NET = 'jobnet';
/** Where the shim has it open for the restore. */
const NET_FD = 9;
/** Ghosts: open files without a name, which are copied into the image, each up to this size. */
export const GHOST_LIMIT_MB = 128;
const COMMON =
  '-v2 --manage-cgroups=ignore --tcp-established --file-locks --link-remap ' +
  `--ghost-limit ${GHOST_LIMIT_MB}M --leave-stopped`;

/** Where the shim leaves what a dump writes the memory to. */
const PAGES_FD = 3;

/** The words after `criu`: everything stays stopped afterwards, and the memory has gone to a page server. */
export function dumpArgs({ pid, images, externals, netInode }: DumpRequest): string[] {
  const net = netInode === undefined ? [] : [`net[${netInode}]:${NET}`];
  return [
    ...words(`dump -t ${pid} -o dump.log ${COMMON} --force-irmap --network-lock nftables`),
    ...words(`--page-server --ps-socket ${PAGES_FD}`),
    '-D',
    images,
    ...named([...net, ...externals]),
  ];
}

/** The words after `criu`: everything stays stopped afterwards. */
export function restoreArgs({ root, images, externals, pidFile }: RestoreRequest): string[] {
  return [
    ...words(`restore -d -o restore.log ${COMMON} --inherit-fd fd[${NET_FD}]:${NET}`),
    '-D',
    images,
    '--root',
    root,
    '--pidfile',
    pidFile,
    ...named(externals),
  ];
}

function words(text: string): string[] {
  return text.split(' ');
}

function named(externals: readonly string[]): string[] {
  return externals.flatMap((one) => ['--external', one]);
}
