import { PlumpError } from '../../base/errors.ts';
import {
  ASK_REASONS,
  ENTRY_BYTES,
  ENTRY_FIELDS,
  FIELD,
  FLAG,
  type Handle,
  LOAD_DATAGRAM_BYTES,
  type LoadMessage,
  MOST_ENTRIES,
} from '../../model/load-message.ts';
import { PROTOCOL } from '../../model/member.ts';

/**
 * Layout, numbers big-endian:
 *
 *     'L'  protocol u8  kind u8  entries u8  |  body of the kind  |  entry*
 *     ask: seq u32  reason u8  jobs u16  weight u16  memory u32 (MB)  mean u32
 *     grant: seq u32  jobs u16  promised u32      release: seq u32  jobs u16
 *     entry: member 8  version u32  age u16 (10 ms)  work u32  speed u16  cpus u16  free u32 (MB)  flags u8
 *
 * A member is the 64 bits of its overlay address that follow from its key (`model/overlay-address`): who sends a datagram is known
 * from its address, for which WireGuard vouches, and must be the first entry's owner.
 */
const MAGIC = 0x4c;
const KINDS = ['push', 'pull', 'ask', 'grant', 'release'] as const;
const AGE_MS = 10;
const MOST_U16 = 0xffff;
const MOST_I32 = 0x7fff_ffff;
/** Bytes of the head. */
const HEAD = 4;

/** How members' addresses and the handles of this agent belong together. */
export interface HandleBook {
  /** The 64 bits of a member's overlay address. */
  idOf(member: Handle): bigint;
  /** The handle of a member; undefined: it was never heard of. */
  handleOf(id: bigint): Handle | undefined;
}

/** Encodes a message. Values that do not fit are told as the largest that do. */
export function encodeLoad(message: LoadMessage, book: HandleBook): Buffer {
  const count = message.entries.length / ENTRY_FIELDS;
  if (count > MOST_ENTRIES) throw new RangeError(`a load datagram holds ${MOST_ENTRIES} entries, not ${count}`);
  const out = Buffer.alloc(LOAD_DATAGRAM_BYTES);
  out.writeUInt8(MAGIC, 0);
  out.writeUInt8(PROTOCOL, 1);
  out.writeUInt8(KINDS.indexOf(message.kind), 2);
  out.writeUInt8(count, 3);
  let at = writeBody(out, message);
  for (let from = 0; from < message.entries.length; from += ENTRY_FIELDS)
    at = writeEntry(out, at, message.entries, from, book);
  return out.subarray(0, at);
}

/**
 * Decodes a datagram strictly: every field in its bounds, nothing left over. Entries of members never heard of are left out: who they
 * are is for membership to say.
 * @param sender who sent it; the first entry must be its own.
 * @throws PlumpError PLUMP_PROTOCOL naming the field that is wrong.
 */
export function decodeLoad(bytes: Buffer, sender: Handle, book: HandleBook): LoadMessage {
  if (bytes.length < HEAD || bytes.length > LOAD_DATAGRAM_BYTES || bytes.readUInt8(0) !== MAGIC) throw refused('magic');
  if (bytes.readUInt8(1) !== PROTOCOL) throw refused('protocol');
  const kind = KINDS[bytes.readUInt8(2)];
  if (kind === undefined) throw refused('kind');
  const count = bytes.readUInt8(3);
  const body = BODY[kind];
  if (count < 1 || bytes.length !== HEAD + body.bytes + count * ENTRY_BYTES) throw refused('length');
  const entries = readEntries(bytes, HEAD + body.bytes, count, book);
  if (entries.length === 0 || entries[FIELD.member] !== sender) throw refused('first entry: not its sender');
  return body.read(bytes, entries);
}

function writeBody(out: Buffer, message: LoadMessage): number {
  if (message.kind === 'push' || message.kind === 'pull') return HEAD;
  let at = out.writeUInt32BE(message.seq, HEAD);
  if (message.kind === 'ask') at = out.writeUInt8(ASK_REASONS.indexOf(message.reason), at);
  at = out.writeUInt16BE(Math.min(MOST_U16, message.jobs), at);
  if (message.kind === 'grant') return out.writeUInt32BE(bounded(message.promised), at);
  if (message.kind === 'release') return at;
  at = out.writeUInt16BE(Math.min(MOST_U16, message.weight), at);
  at = out.writeUInt32BE(bounded(message.memoryMB), at);
  return out.writeUInt32BE(bounded(message.mean), at);
}

type Body = { readonly bytes: number; readonly read: (bytes: Buffer, entries: Int32Array) => LoadMessage };

const BODY: Record<(typeof KINDS)[number], Body> = {
  push: { bytes: 0, read: (_bytes, entries) => ({ kind: 'push', entries }) },
  pull: { bytes: 0, read: (_bytes, entries) => ({ kind: 'pull', entries }) },
  ask: { bytes: 17, read: readAsk },
  grant: {
    bytes: 10,
    read: (bytes, entries) => ({
      kind: 'grant',
      ...seqJobs(bytes, HEAD + 4),
      promised: u31(bytes, HEAD + 6, 'promised'),
      entries,
    }),
  },
  release: { bytes: 6, read: (bytes, entries) => ({ kind: 'release', ...seqJobs(bytes, HEAD + 4), entries }) },
};

function readAsk(bytes: Buffer, entries: Int32Array): LoadMessage {
  const reason = ASK_REASONS[bytes.readUInt8(HEAD + 4)];
  const { seq, jobs } = seqJobs(bytes, HEAD + 5);
  const weight = bytes.readUInt16BE(HEAD + 7);
  if (reason === undefined) throw refused('reason');
  if (jobs === 0 || weight === 0) throw refused('an ask for nothing');
  const memoryMB = u31(bytes, HEAD + 9, 'memory');
  return { kind: 'ask', seq, reason, jobs, weight, memoryMB, mean: u31(bytes, HEAD + 13, 'mean'), entries };
}

function seqJobs(bytes: Buffer, jobsAt: number): { readonly seq: number; readonly jobs: number } {
  return { seq: bytes.readUInt32BE(HEAD), jobs: bytes.readUInt16BE(jobsAt) };
}

function writeEntry(out: Buffer, to: number, entries: Int32Array, from: number, book: HandleBook): number {
  const field = (name: keyof typeof FIELD) => Math.max(0, entries[from + FIELD[name]] as number);
  let at = out.writeBigUInt64BE(book.idOf(field('member')), to);
  at = out.writeUInt32BE(field('version'), at);
  at = out.writeUInt16BE(Math.min(MOST_U16, Math.round(field('ageMs') / AGE_MS)), at);
  at = out.writeUInt32BE(field('work'), at);
  at = out.writeUInt16BE(Math.min(MOST_U16, field('speed')), at);
  at = out.writeUInt16BE(Math.min(MOST_U16, field('cpus')), at);
  at = out.writeUInt32BE(field('freeMB'), at);
  return out.writeUInt8(field('flags'), at);
}

function readEntries(bytes: Buffer, start: number, count: number, book: HandleBook): Int32Array {
  const list = new Int32Array(count * ENTRY_FIELDS);
  let taken = 0;
  for (let i = 0; i < count; i++) {
    const at = start + i * ENTRY_BYTES;
    const member = book.handleOf(bytes.readBigUInt64BE(at));
    const speed = bytes.readUInt16BE(at + 18);
    const cpus = bytes.readUInt16BE(at + 20);
    if (speed === 0 || cpus === 0) throw refused('a member without speed or CPUs');
    const flags = bytes.readUInt8(at + 26);
    if (flags > (FLAG.blocked | FLAG.pressed)) throw refused('flags');
    const age = bytes.readUInt16BE(at + 12) * AGE_MS;
    const version = u31(bytes, at + 8, 'version');
    const entry = [
      0,
      version,
      age,
      u31(bytes, at + 14, 'work'),
      speed,
      cpus,
      u31(bytes, at + 22, 'free memory'),
      flags,
    ];
    if (member === undefined) continue;
    entry[FIELD.member] = member;
    list.set(entry, taken++ * ENTRY_FIELDS);
  }
  return list.subarray(0, taken * ENTRY_FIELDS);
}

/** A number of 32 bits that has to fit a signed one, as entries hold them. */
function u31(bytes: Buffer, at: number, what: string): number {
  const value = bytes.readUInt32BE(at);
  if (value > MOST_I32) throw refused(what);
  return value;
}

function bounded(value: number): number {
  return Math.max(0, Math.min(MOST_I32, Math.round(value)));
}

function refused(what: string): PlumpError {
  return new PlumpError('PLUMP_PROTOCOL', `a load datagram was refused for ${what}`);
}
