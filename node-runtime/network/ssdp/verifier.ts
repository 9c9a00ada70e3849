import type { Announcement } from './announcement.ts';
import { decodeAnnouncement } from './decode.ts';
import type { FloodGate } from './flood-gate.ts';
import type { ReplayTable } from './replay-table.ts';
import { isSignedWith, looksSigned } from './signature.ts';

/** Longer messages are not ours: one Ethernet frame holds any of them. */
const LONGEST = 1400;

/** What became of the messages of one NIC. */
export interface SsdpCounts {
  accepted: number;
  /** Source port 0: an answer to it would throw in send(). */
  portZero: number;
  tooLong: number;
  /** Not signed at all: televisions, printers, routers. */
  unsigned: number;
  /** Not even looked at: more came than is checked in a second. */
  overBudget: number;
  /** Seconds in which so much came that the kernel was told to drop the rest unread. */
  muted: number;
  /** Signed with another key: another cluster, or a mistyped join code here. */
  otherKey: number;
  /** Signed rightly, but not what we understand. */
  malformed: number;
  /** Our own, back through another NIC on the same segment. */
  own: number;
  /** Heard before: on another NIC, or somebody plays it back. */
  repeated: number;
}

/** Why a message is dropped. */
type Drop = Exclude<keyof SsdpCounts, 'accepted' | 'muted'>;

/** What all NICs of a member share to judge messages. */
export interface Verifier {
  readonly key: Buffer;
  readonly ownBootId: string;
  readonly replays: ReplayTable;
  /** Milliseconds on a clock that never goes back. */
  now(): number;
}

/** Counters of a NIC that has heard nothing. */
export function noCounts(): SsdpCounts {
  return {
    accepted: 0,
    portZero: 0,
    tooLong: 0,
    unsigned: 0,
    overBudget: 0,
    muted: 0,
    otherKey: 0,
    malformed: 0,
    own: 0,
    repeated: 0,
  };
}

/**
 * The only way in for what comes from port 1900: the cheapest test first, the signature before anything is parsed.
 * Counts what it drops, never throws.
 */
export function verify(
  message: Buffer,
  from: { readonly address: string; readonly port: number },
  verifier: Verifier,
  gate: FloodGate,
  counts: SsdpCounts,
): Announcement | undefined {
  const verdict = judge(message, from, verifier, gate);
  if (typeof verdict !== 'string') {
    counts.accepted++;
    return verdict;
  }
  counts[verdict]++;
  return undefined;
}

function judge(
  message: Buffer,
  from: { readonly address: string; readonly port: number },
  verifier: Verifier,
  gate: FloodGate,
): Announcement | Drop {
  if (from.port === 0) return 'portZero';
  if (message.length > LONGEST) return 'tooLong';
  if (!looksSigned(message)) return 'unsigned';
  if (!gate.admit(from.address, verifier.now())) return 'overBudget';
  if (!isSignedWith(message, verifier.key)) return 'otherKey';
  let announcement: Announcement;
  try {
    announcement = decodeAnnouncement(message);
  } catch {
    return 'malformed';
  }
  if (announcement.bootId === verifier.ownBootId) return 'own';
  return verifier.replays.accept(announcement.bootId, announcement.seq) ? announcement : 'repeated';
}
