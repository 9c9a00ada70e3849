import {
  boolean,
  bytes,
  choice,
  type Decoded,
  either,
  integer,
  list,
  object,
  optional,
  text,
} from '../base/decoder.ts';
import { JOB_HINTS } from './job.ts';
import { decodeJobMask } from './job-mask.ts';

const id32 = integer(0, 2 ** 32 - 2);

/** An IPv6 address of the overlay as the kernel writes it. */
export const overlayAddressText = text({ most: 45, pattern: /^[0-9a-f:]+$/ });
/** 32 lower-case hexadecimal digits that prove something. */
export const tokenText = text({ most: 32, pattern: /^[0-9a-f]{32}$/ });

/** Whose job it is: what a host may do at home is what she may do. */
const decodeJobUser = object({ uid: id32, gid: id32, groups: list(id32, 65_536) });
export type JobUser = Decoded<typeof decodeJobUser>;

/** A regular file as stdin, stdout or stderr: opened again inside the job. */
const fileStdio = object({ flags: integer(0, 2 ** 31), offset: integer(), path: bytes(4096) });

/** The same open file or pipe as a lower descriptor, as after 2>&1. */
const sameStdio = object({ same: integer(0, 1) });

/** What the caller has as stdin, stdout, stderr. */
const decodeStdio = either(choice('pipe', 'null', 'tty', 'closed'), either(sameStdio, fileStdio));
export type Stdio = Decoded<typeof decodeStdio>;

/** A limit as getrlimit gives it: number of the resource; values in decimal, since 2^64 - 1 means unlimited. */
const rlimit = object({
  resource: integer(0, 31),
  soft: text({ most: 20, pattern: /^\d+$/ }),
  hard: text({ most: 20, pattern: /^\d+$/ }),
});

/** The caller's terminal: its size and its struct termios, as hexadecimal digits. */
const terminal = object({
  rows: integer(0, 65_535),
  columns: integer(0, 65_535),
  termios: text({ most: 256, pattern: /^([0-9a-f]{2})*$/ }),
});

/** One real mount of home below /, as every host mounts it, in order (parents first). */
const decodeHomeMount = object({
  path: bytes(4096),
  readOnly: boolean,
  noexec: boolean,
  /** Its fsid in home's exports. */
  fsid: integer(0, 2 ** 32 - 1),
});
export type HomeMount = Decoded<typeof decodeHomeMount>;

/** How a host reaches home's files as one user: home's listener for her, and the secret name of the NFS client. */
export const decodeNfsAccess = object({
  port: integer(1, 65_535),
  /** Folder of the export in NFS' own name space, e.g. `/1000`. */
  root: bytes(64),
  identifier: text({ most: 128 }),
});
export type NfsAccess = Decoded<typeof decodeNfsAccess>;

/** Bounds of a job's cgroup. */
const limits = object({
  memoryBytes: optional(integer(1)),
  /** Hundredths of a CPU. */
  cpuPercent: optional(integer(1)),
  tasks: optional(integer(1)),
});

/** What the balancer of its host must know of a job beside what it measures; made anew for each host, and when its user steers it. */
export const decodeJobTraits = object({
  hints: list(choice(...JOB_HINTS), 8),
  /** `--nomig`, or it never leaves home. */
  locked: boolean,
  /** Overlay addresses of the members it may be on; missing: all. */
  only: optional(list(overlayAddressText, 4096)),
  mask: optional(decodeJobMask),
  /** Since it was started. */
  ageMs: integer(),
  /** Since its last move before this one; missing: it has not moved yet. */
  movedMs: optional(integer()),
});
export type JobTraits = Decoded<typeof decodeJobTraits>;

/**
 * Everything a member needs to start a job or to take it in: as it is at home, with the user from the kernel. Texts of
 * the user are bytes (latin1). Made at home, the same for every generation but for `nfs`.
 */
export const decodeJobSpec = object({
  user: decodeJobUser,
  /** Of the first process inside: the deputy's pid. */
  pid: integer(2, 2 ** 22),
  hostName: bytes(64),
  cwd: bytes(4096),
  umask: integer(0, 0o777),
  nice: integer(-20, 19),
  rlimits: list(rlimit, 32),
  argv: list(bytes(), 200_000),
  env: list(bytes(), 200_000),
  stdio: list(decodeStdio, 3),
  terminal: optional(terminal),
  /** Signals its caller ignores, as hexadecimal bits: bit n - 1 is signal n. */
  ignore: optional(text({ most: 16, pattern: /^[0-9a-f]+$/ })),
  mounts: list(decodeHomeMount, 256),
  /** It never leaves home: it sees everything that is mounted there, also what no host could follow (FUSE …). */
  stays: boolean,
  /** Missing: on home's own root, without NFS (only a first start at home). */
  nfs: optional(decodeNfsAccess),
  /** The job's own IPv4 address, or home's network itself. */
  network: either(choice('host'), object({ address: text({ most: 15, pattern: /^[\d.]+$/ }) })),
  limits,
  traits: optional(decodeJobTraits),
  /** A host that hears nothing from home for so long kills the guest. */
  orphanMs: integer(1000),
});
export type JobSpec = Decoded<typeof decodeJobSpec>;
