import { type Decoded, integer, object, optional, text } from '../base/decoder.ts';

/** Bounds of a speed: what is slower is no PC, and what is faster has no room in the load messages of members. */
export const LEAST_SPEED = 10;
export const MOST_SPEED = 65_535;

/** Speed of the reference CPU (MOSIX's STD_SPD). */
export const STANDARD_SPEED = 10_000;

/** A CPU as the kernel numbers it. */
export interface LogicalCpu {
  readonly cpu: number;
  /** CPUs of the same hardware core, itself among them. */
  readonly siblings: readonly number[];
  /** 0 where the kernel does not know. */
  readonly maxKHz: number;
}

/** Rounds per millisecond of the two kernels of `native/calibrate`. */
export interface Rates {
  readonly integer: number;
  readonly float: number;
}

/** A hardware core as it was measured. */
export interface CoreRates {
  /** One of its CPUs while nothing else runs on the core. */
  readonly alone: Rates;
  /** One of its CPUs while all of them are busy; missing where there is only one. */
  readonly shared?: Rates;
}

const worth = integer(LEAST_SPEED, MOST_SPEED);

/** What a machine was measured to be; 10 000 = the reference of docs/balance.md. */
const decodeMeasuredSpeed = object({
  /** Of one CPU while all are busy, mean over the machine's: what a machine can do is this times its CPUs. */
  speed: worth,
  /** What `speed` is made of. */
  integer: worth,
  float: worth,
  /** Of one CPU that has its hardware core to itself: the same where there are no SMT siblings. */
  alone: worth,
});
export type MeasuredSpeed = Decoded<typeof decodeMeasuredSpeed>;

/** What is kept for the next agent; `boot`: the boot id of the machine at that time. */
export const decodeKeptSpeed = object({ boot: text(), measured: decodeMeasuredSpeed });
export type KeptSpeed = Decoded<typeof decodeKeptSpeed>;

/** Answer of GET /v1/speed. */
export const decodeSpeedView = object({
  /** The one that counts now. */
  speed: worth,
  /** By hand (setspeed). */
  set: optional(worth),
  /** Missing until it is measured. */
  measured: optional(decodeMeasuredSpeed),
});
export type SpeedView = Decoded<typeof decodeSpeedView>;
