/** How a job stands, as `plumpos ps` shows it. */
export type JobState = 'queued' | 'starting' | 'running' | 'stopped' | 'moving' | 'lost' | 'ended';

/** What its user tells the balancer of a job, by openMosix's names. */
export const JOB_HINTS = ['cpujob', 'iojob', 'nodecay', 'slowdecay', 'fastdecay'] as const;
export type JobHint = (typeof JOB_HINTS)[number];

/** One row of `plumpos ps --json`: a job of this home. */
export interface JobView {
  /** At home and inside the job. */
  readonly pid: number;
  readonly id: string;
  readonly uid: number;
  readonly state: JobState;
  /** Name of the member it is on. */
  readonly host: string;
  /** Is that home itself? */
  readonly atHome: boolean;
  readonly moves: number;
  readonly tasks: number;
  readonly memoryBytes: number;
  /** CPU time on all hosts. */
  readonly cpuMs: number;
  /** Wall clock, ISO 8601. */
  readonly started: string;
  /** It stays where it is. */
  readonly locked?: boolean;
  /** Names of the only members it may be on, or of those it may not be on. */
  readonly only?: readonly string[];
  readonly not?: readonly string[];
  readonly argv: readonly string[];
  /** Exit status as a shell sees it, once it has ended and its deputy has told. */
  readonly status?: number;
  /** Why PlumpOS ended it. */
  readonly text?: string;
}

/** What can be said of a job that runs: words as its user types them. */
export interface SteerWords {
  readonly locked?: boolean;
  /** With neither list: it may be everywhere. */
  readonly mask?: { readonly only?: readonly string[] | undefined; readonly not?: readonly string[] | undefined };
  readonly hints?: readonly JobHint[];
}

/** One row of `plumpos ps --guests --json`: a job this member is host of. */
export interface HostedView {
  /** Name of its home, or its overlay address where that is not known. */
  readonly home: string;
  readonly id: string;
  readonly generation: number;
  readonly uid: number;
  readonly state: string;
  readonly command: string;
  readonly tasks: number;
  readonly memoryBytes: number;
  readonly cpuMs: number;
}

/** Why a job stays where it is. */
export interface WhyView {
  /** Of the job itself; empty: it can move. */
  readonly reasons: readonly string[];
  /** Every other member that answers, and why it could not take the job. */
  readonly members: readonly { readonly name: string; readonly reasons: readonly string[] }[];
}

/** How long a step of a move took. */
export interface MoveStep {
  readonly name: string;
  readonly ms: number;
}

/** What is kept of a move. */
export interface MoveReport {
  readonly id: string;
  readonly pid: number;
  /** Names of members. */
  readonly from: string;
  readonly to: string;
  readonly bytes: number;
  /** Freeze as CRIU reports it. */
  readonly frozenMs: number;
  /** The job stood still so long, as its home sees it: from the word to dump it until it runs again. */
  readonly stillMs: number;
  readonly totalMs: number;
  /** In their order. */
  readonly steps: readonly MoveStep[];
}

/** A job that did not leave when all were to. */
export interface Stayed {
  readonly id: string;
  /** At home, where this member is home. */
  readonly pid?: number;
  readonly command: string;
  readonly reason: string;
}

/** How expel or bring went. */
export interface SweepReport {
  readonly moved: number;
  readonly stayed: readonly Stayed[];
}

/** A member as a place for jobs, as `plumpos all` asks for it. */
export interface PlaceView {
  readonly overlay: string;
  /** Why it takes no guests now; missing when it does. */
  readonly closed?: string;
}
