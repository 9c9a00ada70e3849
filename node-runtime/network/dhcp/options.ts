import { PlumpError } from '../../base/errors.ts';

/** Option codes we speak of (RFC 2132, RFC 3442). */
export const OPTION = {
  mask: 1,
  routers: 3,
  dns: 6,
  hostname: 12,
  domain: 15,
  mtu: 26,
  broadcast: 28,
  ntp: 42,
  requested: 50,
  leaseSeconds: 51,
  overload: 52,
  type: 53,
  server: 54,
  wanted: 55,
  message: 56,
  maxSize: 57,
  t1: 58,
  t2: 59,
  clientId: 61,
  classlessRoutes: 121,
} as const;

/** Raw options by code; parts of one option are joined (RFC 3396). */
export type RawOptions = ReadonlyMap<number, Buffer>;

const PAD = 0;
const END = 255;
/** Where the fields lie that option 52 may turn into more options. */
const FILE = [108, 236] as const;
const SNAME = [44, 108] as const;
const OPTIONS_AT = 240;

/** Reads all options of a message, those in `file` and `sname` included. @throws PlumpError PLUMP_PROTOCOL when one is cut short */
export function readOptions(message: Buffer): RawOptions {
  const parts = new Map<number, Buffer>();
  scan(message.subarray(OPTIONS_AT), parts);
  const overload = parts.get(OPTION.overload)?.[0] ?? 0;
  if (overload & 1) scan(message.subarray(...FILE), parts);
  if (overload & 2) scan(message.subarray(...SNAME), parts);
  return parts;
}

function scan(field: Buffer, parts: Map<number, Buffer>): void {
  for (let at = 0; at < field.length; ) {
    const code = field[at++] as number;
    if (code === END) return;
    if (code === PAD) continue;
    const length = field[at++];
    if (length === undefined || at + length > field.length) throw malformed(`option ${code} is cut short`);
    const before = parts.get(code);
    const value = field.subarray(at, at + length);
    parts.set(code, before ? Buffer.concat([before, value]) : value);
    at += length;
  }
}

/** An unsigned number of `bytes` bytes. @throws PlumpError PLUMP_PROTOCOL when the option has another length */
export function numberOption(options: RawOptions, code: number, bytes: 1 | 2 | 4): number | undefined {
  const value = options.get(code);
  if (value && value.length !== bytes) throw malformed(`option ${code} has ${value.length} bytes, not ${bytes}`);
  return value?.readUIntBE(0, bytes);
}

/** A list of IPv4 addresses, dotted; empty when the option is absent. */
export function addressOption(options: RawOptions, code: number): string[] {
  const value = options.get(code) ?? Buffer.alloc(0);
  if (value.length % 4 !== 0) throw malformed(`option ${code} is no list of addresses`);
  return Array.from({ length: value.length / 4 }, (_, i) => [...value.subarray(4 * i, 4 * i + 4)].join('.'));
}

/** A text of printable ASCII; NULs at its end are dropped, anything else refuses it. */
export function textOption(options: RawOptions, code: number): string | undefined {
  const text = options.get(code)?.toString('latin1').replace(/\0+$/, '');
  return text !== undefined && /^[\x20-\x7e]+$/.test(text) ? text : undefined;
}

/** The bytes of a dotted address. */
export function addressBytes(address: string): number[] {
  return address.split('.').map(Number);
}

/** The error of every message that is not what it says. */
export function malformed(what: string): PlumpError {
  return new PlumpError('PLUMP_PROTOCOL', `malformed DHCP message: ${what}`);
}
