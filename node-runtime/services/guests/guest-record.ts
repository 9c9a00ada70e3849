import { boolean, choice, type Decoded, integer, list, object, optional } from '../../base/decoder.ts';
import { decodeDumpRecord, decodeGuestRef, decodeReservation, decodeStarted } from '../../model/guest.ts';
import { decodeJobSpec, overlayAddressText, tokenText } from '../../model/job-spec.ts';

/** What a host must know of a guest when its agent is started again: written before each step is begun. */
export const decodeGuestRecord = object({
  ref: decodeGuestRef,
  token: tokenText,
  want: decodeReservation,
  state: choice(
    'reserved',
    'receiving',
    'starting',
    'running',
    'quiet',
    'dumping',
    'dumped',
    'restoring',
    'prepared',
    'over',
  ),
  spec: optional(decodeJobSpec),
  started: optional(decodeStarted),
  /** Host pid of its pid 1. */
  pid: optional(integer(1)),
  dump: optional(decodeDumpRecord),
  /** Images to send, or received. */
  images: boolean,
  /** Locks given back in the stopped source. */
  unlocked: boolean,
  /** Host pids that were stopped before the move. */
  stopped: list(integer(1)),
  /** Tokens of the last signals it was given. */
  signalled: optional(list(tokenText)),
  /** Where it is going to. */
  target: optional(overlayAddressText),
});
export type GuestRecord = Decoded<typeof decodeGuestRecord>;
