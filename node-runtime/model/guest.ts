import {
  amount,
  boolean,
  bytes,
  choice,
  type Decoded,
  integer,
  list,
  object,
  optional,
  text,
} from '../base/decoder.ts';
import { overlayAddressText, tokenText } from './job-spec.ts';
import { decodeLoadFigures } from './load-figures.ts';

/** Shown to users: nothing in it that a terminal would obey. */
const NO_CONTROLS = /^\P{Cc}*$/u;

/** One life of a job on one host: home's overlay address, the job's id there, and its generation (+1 with each move). */
export const decodeGuestRef = object({
  home: overlayAddressText,
  id: text({ most: 8, pattern: /^[0-9a-f]{8}$/ }),
  generation: integer(1, 999_999),
});
export type GuestRef = Decoded<typeof decodeGuestRef>;

/** What a host is asked for before anything of the job goes there. */
export const decodeReservation = object({
  token: tokenText,
  uid: integer(0, 2 ** 32 - 2),
  memoryBytes: integer(),
  /** Bytes of images that will come; 0 for a start. */
  imageBytes: integer(),
  /** CPU features the program may be using. */
  cpuFlags: list(text({ most: 32 }), 256),
  /** Overlay address of the member that will send the images; missing for a start. */
  source: optional(overlayAddressText),
  /** The job's own IPv4 address, so that its network is there before its images are; missing: it has its home's network. */
  address: optional(text({ most: 15, pattern: /^[\d.]+$/ })),
  /** Number under which the balancer here promised room to the source (for a start: to home); missing: nobody asked it. */
  room: optional(integer(0, 2 ** 32 - 1)),
});
export type Reservation = Decoded<typeof decodeReservation>;

/** A lock held through an open file or by a process, as the shim lists it (in this order of fields). */
const lock = object({
  /** Task inside the job and its descriptor. */
  inside: integer(1),
  fd: integer(),
  kind: choice('fcntl', 'flock', 'ofd', 'lease'),
  mode: choice('read', 'write'),
  start: integer(),
  /** Last byte, or -1: to the end. */
  end: integer(-1),
  /** Device and inode. */
  file: text({ most: 64 }),
});

/** What is noted when a job falls quiet (f7 step 3). */
export const decodeQuietRecord = object({
  /** Tasks (pids inside) that were stopped before and stay so. */
  stopped: list(integer(1)),
  locks: list(lock),
});
export type QuietRecord = Decoded<typeof decodeQuietRecord>;

/** A task as it was when it left; a restored one that differs is not let run. */
const taskFacts = object({
  pid: integer(1),
  name: bytes(64),
  stopped: boolean,
  /** Absolute paths, inside the job, of what it holds: sorted, each once. */
  files: list(bytes(4096)),
});

/** What a source reports with its dump: compared at the target, and by home when the job comes home. */
export const decodeDumpRecord = object({
  quiet: decodeQuietRecord,
  bytes: integer(),
  /** Freeze as CRIU reports it. */
  frozenMs: amount,
  tasks: list(taskFacts),
});
export type DumpRecord = Decoded<typeof decodeDumpRecord>;

/** What became of a program that was to be started. */
export const decodeStarted = object({
  /** errno of execve, when there is nothing to run. */
  exec: optional(integer(1, 4095)),
  text: optional(text({ most: 1024 })),
});
export type Started = Decoded<typeof decodeStarted>;

/** Reasons why a guest cannot move. */
export const decodeReasons = list(text({ most: 512, pattern: NO_CONTROLS }), 256);

/** How far a guest is on this host. `over`: its pid 1 is gone. */
const GUEST_STATES = [
  'reserved',
  'starting',
  'running',
  'quiet',
  'dumping',
  'dumped',
  'receiving',
  'restoring',
  'queued',
  'prepared',
  'over',
] as const;

/** A guest as its host sees it. */
export const decodeGuestView = object({
  ref: decodeGuestRef,
  uid: integer(0, 2 ** 32 - 2),
  state: choice(...GUEST_STATES),
  command: bytes(4096),
  tasks: integer(),
  memoryBytes: integer(),
  /** What the images of its memory take: what several tasks share is in those of each. */
  imageBytes: integer(),
  /** CPU time used on this host. */
  cpuMs: integer(),
  /** Time in which a task of it waited for a CPU there; 0 where the kernel does not tell. */
  waitedMs: integer(),
});
export type GuestView = Decoded<typeof decodeGuestView>;

/** How a guest ended, as its host saw it: its pid 1 is gone. */
export const decodeGuestExit = object({
  /** What went wrong (out of memory …); missing when it ended by itself. */
  text: optional(text({ most: 1024, pattern: NO_CONTROLS })),
});
export type GuestExit = Decoded<typeof decodeGuestExit>;

/** Why a balancer moves a job: see `AskReason` of model/load-message. */
const GIVE_REASONS = ['load', 'memory', 'leave'] as const;
export type GiveReason = (typeof GIVE_REASONS)[number];

/** A host's balancer found another place for a guest. */
export const decodeGiveAway = object({
  /** Overlay address of the member that holds room for it. */
  to: overlayAddressText,
  /** The number under which it does. */
  room: integer(0, 2 ** 32 - 1),
  why: choice(...GIVE_REASONS),
});
export type GiveAway = Decoded<typeof decodeGiveAway>;

/** What became of it: it moved; it stays because home or the job wants so; home has its hands full now; or it was begun and went wrong. */
export const decodeGiven = object({
  outcome: choice('moved', 'stays', 'busy', 'failed'),
  text: optional(text({ most: 1024, pattern: NO_CONTROLS })),
});
export type Given = Decoded<typeof decodeGiven>;

/** Where images go. */
export const decodeImageTarget = object({
  /** Overlay address of the member that takes them. */
  overlay: overlayAddressText,
  generation: integer(1, 999_999),
  /** Token of that generation. */
  token: tokenText,
});
export type ImageTarget = Decoded<typeof decodeImageTarget>;

/** A member as a place for jobs, as it tells itself. */
export const decodeMemberLoad = object({
  /** Processes that run or want to. */
  runnable: amount,
  cpus: integer(1),
  freeBytes: integer(),
  /** Why it takes no guests now. */
  closed: optional(text({ most: 256, pattern: NO_CONTROLS })),
  /** As its balancer has it. */
  figures: optional(decodeLoadFigures),
});
export type MemberLoad = Decoded<typeof decodeMemberLoad>;
