import {
  type Digest,
  type GossipState,
  IDS_PER_MESSAGE,
  type Message,
  type Update,
} from '../../model/gossip-message.ts';
import { PROTOCOL } from '../../model/member.ts';
import { readEntry, readId, writeEntry, writeId } from './entry.ts';
import { Reader, refused } from './reader.ts';
import { Writer } from './writer.ts';

/** Most bytes of one datagram: fits the overlay's MTU of 1420 with IPv6 and UDP headers, and leaves room. */
export const DATAGRAM_BYTES = 1200;

/**
 * Layout. The first three fields stay as they are in all protocols to come, so that strangers can be named:
 *
 *     'P'  protocol u8  image text  |  kind u8  body  |  updates u8  update*
 *     update: state u8 (+ 16 with an entry)  id 32  incarnation u32  [by 32: suspect, dead]  [entry]
 *
 * Numbers are big-endian, a text has its length in one byte before it, ids are the 32 bytes of a WireGuard key.
 */
const MAGIC = 0x50;
const KINDS = ['ping', 'ack', 'nack', 'ping-req', 'gossip', 'sync', 'want'] as const;
const STATES = ['alive', 'suspect', 'dead', 'left'] as const satisfies readonly GossipState[];
const WITH_ENTRY = 16;
const MOST_UPDATES = 64;

/** An encoded datagram, and how many of the offered updates it holds. */
export interface Encoded {
  readonly bytes: Buffer;
  readonly sent: number;
}

/** Encodes a message and as many of `offered`, in order, as fit into {@link DATAGRAM_BYTES}. */
export function encodeDatagram(message: Message, image: string, offered: readonly Update[]): Encoded {
  const out = new Writer(DATAGRAM_BYTES);
  out.u8(MAGIC);
  out.u8(PROTOCOL);
  out.text(image.slice(0, 32));
  writeMessage(out, message);
  const count = out.length;
  out.u8(0);
  let sent = 0;
  while (sent < Math.min(offered.length, MOST_UPDATES) && fits(out, offered[sent] as Update)) sent++;
  out.setU8(count, sent);
  return { bytes: out.done(), sent };
}

/** What a datagram says; `foreign` when it is of another protocol. */
export type Decoded =
  | { readonly kind: 'ours'; readonly message: Message; readonly updates: readonly Update[] }
  | { readonly kind: 'foreign'; readonly protocol: number; readonly image: string };

/**
 * Decodes a datagram strictly: every field in its bounds, nothing left over.
 * @param overlayOf the overlay address that belongs to a key; an entry cannot claim another one.
 * @throws PlumpError PLUMP_PROTOCOL naming the field that is wrong.
 */
export function decodeDatagram(bytes: Buffer, overlayOf: (id: string) => string): Decoded {
  const from = new Reader(bytes);
  if (bytes.length > DATAGRAM_BYTES || from.u8('magic') !== MAGIC) throw refused('magic');
  const protocol = from.u8('protocol');
  const image = from.text(32, 'image', /^[\w.-]*$/);
  if (protocol !== PROTOCOL) return { kind: 'foreign', protocol, image };
  const message = readMessage(from);
  const updates = Array.from({ length: from.u8('updates', MOST_UPDATES) }, () => readUpdate(from, overlayOf));
  from.end();
  return { kind: 'ours', message, updates };
}

function writeMessage(out: Writer, message: Message): void {
  out.u8(KINDS.indexOf(message.kind));
  if ('seq' in message) out.u32(message.seq);
  if (message.kind === 'ping-req') writeId(out, message.target);
  if (message.kind === 'want') writeList(out, message.ids, (id) => writeId(out, id));
  if (message.kind !== 'sync') return;
  writeBound(out, message.after);
  writeBound(out, message.upto);
  writeList(out, message.digests, (digest) => {
    writeId(out, digest.id);
    out.u8(STATES.indexOf(digest.state));
    out.u32(digest.incarnation);
    out.u32(digest.entryIncarnation);
    out.u32(digest.version);
  });
}

function readMessage(from: Reader): Message {
  const kind = KINDS[from.u8('kind', KINDS.length - 1)] ?? 'gossip';
  switch (kind) {
    case 'ping':
    case 'ack':
    case 'nack':
      return { kind, seq: from.u32('sequence number') };
    case 'ping-req':
      return { kind, seq: from.u32('sequence number'), target: readId(from) };
    case 'gossip':
      return { kind };
    case 'want':
      return { kind, ids: readList(from, () => readId(from)) };
    case 'sync':
      return { kind, after: readBound(from), upto: readBound(from), digests: readList(from, () => readDigest(from)) };
  }
}

function readDigest(from: Reader): Digest {
  return {
    id: readId(from),
    state: STATES[from.u8('state', STATES.length - 1)] ?? 'alive',
    incarnation: from.u32('incarnation'),
    entryIncarnation: from.u32('incarnation'),
    version: from.u32('version'),
  };
}

function fits(out: Writer, update: Update): boolean {
  const before = out.length;
  try {
    writeUpdate(out, update);
    return true;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    out.rewind(before);
    return false;
  }
}

function writeUpdate(out: Writer, update: Update): void {
  out.u8(STATES.indexOf(update.state) + (update.entry === undefined ? 0 : WITH_ENTRY));
  writeId(out, update.id);
  out.u32(update.incarnation);
  if (isAccusation(update.state)) writeId(out, update.by);
  if (update.entry !== undefined) writeEntry(out, update.entry);
}

function readUpdate(from: Reader, overlayOf: (id: string) => string): Update {
  const flags = from.u8('state', WITH_ENTRY + STATES.length - 1);
  const state = STATES[flags & ~WITH_ENTRY];
  if (state === undefined) throw refused('state');
  const id = readId(from);
  const update = { id, state, incarnation: from.u32('incarnation'), by: isAccusation(state) ? readId(from) : '' };
  if ((flags & WITH_ENTRY) === 0) {
    if (state === 'alive') throw refused('an alive member without its entry');
    return update;
  }
  return { ...update, entry: readEntry(from, id, overlayOf(id)) };
}

function isAccusation(state: GossipState): boolean {
  return state === 'suspect' || state === 'dead';
}

function writeList<T>(out: Writer, list: readonly T[], write: (item: T) => void): void {
  out.u8(list.length);
  for (const item of list) write(item);
}

function readList<T>(from: Reader, read: () => T): T[] {
  return Array.from({ length: from.u8('length of a list', IDS_PER_MESSAGE) }, read);
}

function writeBound(out: Writer, id: string): void {
  out.u8(id === '' ? 0 : 1);
  if (id !== '') writeId(out, id);
}

function readBound(from: Reader): string {
  return from.u8('bound', 1) === 1 ? readId(from) : '';
}
