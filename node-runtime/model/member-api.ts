import { choice, type Decoder, integer, list, nothing, tuple } from '../base/decoder.ts';
import {
  decodeDumpRecord,
  decodeGiveAway,
  decodeGiven,
  decodeGuestExit,
  decodeGuestRef,
  decodeGuestView,
  decodeImageTarget,
  decodeMemberLoad,
  decodeQuietRecord,
  decodeReasons,
  decodeReservation,
  decodeStarted,
} from './guest.ts';
import type { HomeOps, HostOps } from './guest-ops.ts';
import { decodeJobSpec, decodeJobTraits, tokenText } from './job-spec.ts';

/** One question of a member to another: POST /v1/NAME on the overlay, its arguments as a JSON list. */
export interface MemberCall {
  readonly args: Decoder<readonly unknown[]>;
  readonly value: Decoder<unknown>;
  /** The asker gives up after so many milliseconds. */
  readonly ms: number;
}

const ref = decodeGuestRef;
const move = integer(1);
const done = { value: nothing };

/** What a member may ask another as host of its jobs. */
export const HOST_CALLS: Readonly<Record<keyof HostOps, MemberCall>> = {
  reserve: { args: tuple(ref, decodeReservation), ...done, ms: 5000 },
  start: { args: tuple(ref, decodeJobSpec, tokenText), value: decodeStarted, ms: 30_000 },
  cantmove: { args: tuple(ref), value: decodeReasons, ms: 30_000 },
  quiet: { args: tuple(ref, move), value: decodeQuietRecord, ms: 20_000 },
  // Twice 60 s of them for what its tasks wrote (services/guests/dump-guest).
  dump: { args: tuple(ref, decodeImageTarget), value: decodeDumpRecord, ms: 1_020_000 },
  send: { args: tuple(ref, decodeImageTarget), ...done, ms: 900_000 },
  restore: {
    args: tuple(ref, decodeJobSpec, tokenText, decodeDumpRecord),
    value: choice('queued', 'prepared'),
    ms: 120_000,
  },
  unlock: { args: tuple(ref, move), ...done, ms: 10_000 },
  prepared: { args: tuple(ref), ...done, ms: 90_000 },
  go: { args: tuple(ref), ...done, ms: 15_000 },
  resume: { args: tuple(ref, move), ...done, ms: 90_000 },
  discard: { args: tuple(ref), ...done, ms: 30_000 },
  signal: { args: tuple(ref, integer(1, 64), tokenText), ...done, ms: 5000 },
  nice: { args: tuple(ref, integer(-20, 19)), ...done, ms: 5000 },
  steer: { args: tuple(ref, decodeJobTraits), ...done, ms: 5000 },
  list: { args: tuple(), value: list(decodeGuestView, 4096), ms: 5000 },
};

/** What a host may tell a home. */
export const HOME_CALLS: Readonly<Record<keyof HomeOps, MemberCall>> = {
  exited: { args: tuple(ref, decodeGuestExit), ...done, ms: 10_000 },
  takeAway: { args: tuple(ref), ...done, ms: 900_000 },
  giveAway: { args: tuple(ref, decodeGiveAway), value: decodeGiven, ms: 900_000 },
};

/** What anybody may ask a member. */
export const LOAD_CALL: MemberCall = { args: tuple(), value: decodeMemberLoad, ms: 5000 };

/** Path of a call. */
export function callPath(name: string): string {
  return `/v1/${name}`;
}

/** Path of the images of a guest; who sends them is known by the address. */
export const IMAGES_PATH = '/v1/images';
