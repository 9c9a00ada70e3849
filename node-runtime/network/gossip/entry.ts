import { CPU_FLAGS } from '../../model/cpu-flags.ts';
import { ENTRY_LIMITS as LIMIT } from '../../model/gossip-message.ts';
import type { Endpoint, MemberEntry } from '../../model/member.ts';
import { type Reader, refused } from './reader.ts';
import type { Writer } from './writer.ts';

const KINDS = ['node', 'head'] as const;
const FLAG_BYTES = Math.ceil(CPU_FLAGS.length / 8);
const ID_BYTES = 32;
const TEXTS = ['role', 'name', 'image', 'kernel', 'criu'] as const;
/** Characters that do not travel: what a member says of itself (a host name …) may hold anything, what others read not. */
const OTHERS = {
  role: /[^a-z-]/g,
  name: /[^\w.-]/g,
  image: /[^\w.-]/g,
  kernel: /[^\x21-\x7e]/g,
  criu: /[^\x21-\x7e]/g,
} as const;

/** Writes an entry without its id and overlay address, which follow from the update around it. */
export function writeEntry(out: Writer, entry: MemberEntry): void {
  out.u32(entry.incarnation);
  out.u32(entry.version);
  out.u8(entry.protocol);
  out.u16(entry.number);
  out.u8(entry.mapped ? 1 : 0);
  out.u32(entry.booted);
  out.u8(KINDS.indexOf(entry.kind));
  for (const field of TEXTS) out.text(entry[field].replace(OTHERS[field], '-').slice(0, LIMIT[field]));
  out.u16(Math.min(entry.cpus, 0xffff));
  out.u32(entry.memoryMB);
  out.raw(packFlags(entry.cpuFlags));
  writeEndpoints(out, entry.endpoints.slice(0, LIMIT.endpoints));
  const macs = entry.macs.slice(0, LIMIT.macs);
  out.u8(macs.length);
  for (const mac of macs) out.raw(Buffer.from(mac.replaceAll(':', ''), 'hex'));
}

/** Reads what {@link writeEntry} wrote. */
export function readEntry(from: Reader, id: string, overlay: string): MemberEntry {
  return {
    id,
    overlay,
    incarnation: from.u32('incarnation'),
    version: from.u32('version'),
    protocol: from.u8('protocol'),
    number: from.u16('number'),
    mapped: from.u8('mapped', 1) === 1,
    booted: from.u32('boot time'),
    kind: KINDS[from.u8('kind', KINDS.length - 1)] ?? 'node',
    role: readText(from, 'role'),
    name: readText(from, 'name'),
    image: readText(from, 'image'),
    kernel: readText(from, 'kernel'),
    criu: readText(from, 'criu'),
    cpus: from.u16('CPUs'),
    memoryMB: from.u32('memory'),
    cpuFlags: unpackFlags(from.raw(FLAG_BYTES, 'CPU flags')),
    endpoints: readEndpoints(from),
    macs: Array.from({ length: from.u8('MACs', LIMIT.macs) }, () =>
      from
        .raw(6, 'MAC')
        .toString('hex')
        .replace(/..(?=.)/g, '$&:'),
    ),
  };
}

/** A key as 32 bytes. */
export function writeId(out: Writer, id: string): void {
  const bytes = Buffer.from(id, 'base64');
  if (bytes.length !== ID_BYTES) throw new RangeError(`'${id}' is no key`);
  out.raw(bytes);
}

export function readId(from: Reader): string {
  return from.raw(ID_BYTES, 'key').toString('base64');
}

function readText(from: Reader, field: (typeof TEXTS)[number]): string {
  const text = from.raw(from.u8(field, LIMIT[field]), field).toString('latin1');
  if (text.search(OTHERS[field]) >= 0) throw refused(field);
  return text;
}

function writeEndpoints(out: Writer, endpoints: readonly Endpoint[]): void {
  out.u8(endpoints.length);
  for (const { address, port, prefix } of endpoints) {
    out.raw(Buffer.from(address.split('.').map(Number)));
    out.u16(port);
    out.u8(prefix);
  }
}

function readEndpoints(from: Reader): Endpoint[] {
  return Array.from({ length: from.u8('endpoints', LIMIT.endpoints) }, () => {
    const endpoint = {
      address: from.raw(4, 'address').join('.'),
      port: from.u16('port'),
      prefix: from.u8('prefix', 32),
    };
    const first = Number(endpoint.address.split('.')[0]);
    if (first === 0 || first === 127 || first >= 224 || endpoint.port === 0) throw refused('endpoint');
    return endpoint;
  });
}

function packFlags(flags: readonly string[]): Uint8Array {
  const bits = new Uint8Array(FLAG_BYTES);
  for (const flag of flags) {
    const bit = CPU_FLAGS.indexOf(flag);
    if (bit >= 0) bits[bit >> 3] = (bits[bit >> 3] ?? 0) | (1 << (bit & 7));
  }
  return bits;
}

function unpackFlags(bits: Uint8Array): string[] {
  return CPU_FLAGS.filter((_, bit) => ((bits[bit >> 3] ?? 0) >> (bit & 7)) & 1).sort();
}
