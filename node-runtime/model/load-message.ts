/**
 * A member's handle: a small whole number that stands for it inside one agent (or one simulation). On the wire a member is the
 * 64 bits of its overlay address that follow from its key (`network/load`).
 */
export type Handle = number;

/**
 * Where the fields of a load entry stand in a flat list. Thousands of entries pass a member each minute: as objects they would
 * cost more than everything that is decided on them.
 */
export const FIELD = {
  member: 0,
  /** Starts at the time of the owner's boot and rises no faster than time: a member that was rebooted is newer. */
  version: 1,
  /** Milliseconds since the owner said so. */
  ageMs: 2,
  /** CPU wanted: 100 = one CPU-bound process. The mean that falls slowly (`LoadMeter.shown`). */
  work: 3,
  /** Of one CPU; 10 000 = the reference. */
  speed: 4,
  cpus: 5,
  /** Memory a new job could have, MB. */
  freeMB: 6,
  flags: 7,
} as const;

/** Numbers of one entry in a flat list. */
export const ENTRY_FIELDS = 8;

/** Bits of an entry's flags. */
export const FLAG = {
  /** It takes no guests (`block`, or a head whose owner did not say `noblock`). */
  blocked: 1,
  /** It is under memory pressure. */
  pressed: 2,
} as const;

/**
 * Why room is asked for: to spread load; the same, after nobody had room (`stuck`); out of memory pressure; because the sender leaves;
 * or to start a job.
 */
export const ASK_REASONS = ['load', 'stuck', 'memory', 'leave', 'start'] as const;
export type AskReason = (typeof ASK_REASONS)[number];

/** What members say to each other about load. `entries` are flat ({@link FIELD}), the sender's own first. */
export type LoadMessage =
  /** Gossip, answered by `pull`. */
  | { readonly kind: 'push'; readonly entries: Int32Array }
  | { readonly kind: 'pull'; readonly entries: Int32Array }
  /** "Have you room for so many jobs, of at most this CPU use (100 = one CPU) and memory each?" */
  | {
      readonly kind: 'ask';
      readonly seq: number;
      readonly reason: AskReason;
      readonly jobs: number;
      readonly weight: number;
      readonly memoryMB: number;
      /** The cluster's mean as the sender reckons it: work per reference CPU. */
      readonly mean: number;
      readonly entries: Int32Array;
    }
  /** "I hold room for so many of your jobs", each of the weight asked for; 0: none. `seq` from {@link OFFER} on: nobody asked. */
  | {
      readonly kind: 'grant';
      readonly seq: number;
      readonly jobs: number;
      /** CPU wanted there with everything that is promised to others, without those jobs. */
      readonly promised: number;
      readonly entries: Int32Array;
    }
  /** "I shall not use so many of what you hold for me." */
  | { readonly kind: 'release'; readonly seq: number; readonly jobs: number; readonly entries: Int32Array };

/** Sequence numbers of offers, which the member that offers chose, start here; those of questions end here. */
export const OFFER = 0x8000_0000;

/** Most bytes of a load datagram: fits the overlay's MTU of 1420 with IPv6 and UDP headers. */
export const LOAD_DATAGRAM_BYTES = 1200;
/** Bytes of one entry, of a head, and of what stands between them in each kind of message. */
export const ENTRY_BYTES = 27;
const HEAD_BYTES = 4;
const BODY_BYTES = { push: 0, pull: 0, ask: 17, grant: 10, release: 6 } as const;
/** IPv6 and UDP headers, which belong to what a message costs. */
const PACKET_BYTES = 48;
/** Most entries in one message. */
export const MOST_ENTRIES = Math.floor((LOAD_DATAGRAM_BYTES - HEAD_BYTES) / ENTRY_BYTES);

/** Bytes of a message inside the overlay, headers included. */
export function messageBytes(message: LoadMessage): number {
  const entries = message.entries.length / ENTRY_FIELDS;
  return PACKET_BYTES + HEAD_BYTES + BODY_BYTES[message.kind] + entries * ENTRY_BYTES;
}
