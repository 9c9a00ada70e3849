/** Members of one kind. */
export interface MemberGroup {
  readonly count: number;
  readonly cpus: number;
  /** Of one CPU; 10 000 = the reference. */
  readonly speed: number;
  readonly memoryMB: number;
}

/** Jobs of one kind. */
export interface JobGroup {
  readonly count: number;
  /** Their home: a member's number (from 1), or any. */
  readonly home: number | 'any';
  /** They start at random between these seconds. */
  readonly fromS: number;
  readonly toS: number;
  /** CPU seconds on a reference CPU, at random between these; undefined: they never end. */
  readonly cpuS: readonly [number, number] | undefined;
  readonly memoryMB: number;
  /** CPU they want: 1 = CPU-bound. */
  readonly use: number;
  /** Are they placed at start, or do they start at home, to be found by the balancer? */
  readonly placed: boolean;
}

/** Something that befalls a member. */
export interface MemberEvent {
  readonly atS: number;
  /** From 1. */
  readonly member: number;
  /** Power cut; leaving in an orderly way (its jobs go first); booting again. */
  readonly what: 'crash' | 'leave' | 'boot';
}

/** A member that lies: shows no load, and then refuses every job, or takes it and lets it starve. */
export interface Liar {
  readonly member: number;
  readonly how: 'refuses' | 'starves';
}

/** What the simulator plays. */
export interface Scenario {
  readonly name: string;
  readonly members: readonly MemberGroup[];
  readonly jobs: readonly JobGroup[];
  readonly events: readonly MemberEvent[];
  readonly liars: readonly Liar[];
  /** What a move takes: a fixed time, and memory over a link. */
  readonly move: { readonly fixedS: number; readonly linkMBs: number };
  /** Share of datagrams lost. */
  readonly loss: number;
  /** It ends then at the latest; where nothing comes and goes, some time after it is balanced. */
  readonly seconds: number;
}

/** Does anything come or go after the first second? Then it cannot be over before its time. */
export function isLively({ jobs, events }: Scenario): boolean {
  return events.length > 0 || jobs.some((group) => group.toS > 1 || group.cpuS !== undefined);
}
