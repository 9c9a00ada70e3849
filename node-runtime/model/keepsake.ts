import { type Decoded, integer, object, optional, text, tuple } from '../base/decoder.ts';
import type { MemberCall } from './member-api.ts';

/**
 * Settings of a machine without a disk, as other members keep them for the time after its next boot. Of two the one with the higher
 * version is newer; the same version from two boots means that neither knew of the other.
 */
export const decodeKeepsake = object({
  /** MAC address of its first NIC, by which it is known again. */
  mac: text({ pattern: /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/ }),
  /** 0: it knows nothing yet, and asks. */
  version: integer(),
  /** Boot in which they were set. */
  boot: text({ most: 64, pattern: /^[0-9a-f-]+$/ }),
  /** JSON; what it means is up to the machine. */
  settings: text({ most: 2048 }),
});
export type Keepsake = Decoded<typeof decodeKeepsake>;

/** A machine tells what is to be kept, and hears what is kept of it if that is newer. */
export const KEEP_CALL: MemberCall = { args: tuple(decodeKeepsake), value: optional(decodeKeepsake), ms: 5000 };
