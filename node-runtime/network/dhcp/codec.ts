import knownOptions from 'dhcp/lib/options.js';
import protocol from 'dhcp/lib/protocol.js';
import { messageOf } from '../../base/errors.ts';
import type { DhcpReply, DhcpRequest } from '../../model/dhcp.ts';
import { leaseTerms } from './lease-terms.ts';
import { addressBytes, addressOption, malformed, numberOption, OPTION, readOptions, textOption } from './options.ts';

const TYPE = { discover: 1, offer: 2, request: 3, decline: 4, ack: 5, nak: 6, release: 7 } as const;
const BOOTREPLY = 2;
const COOKIE = 0x63825363;
const HEADER = 240;
const LONGEST = 1500;
/** Servers of old drop anything shorter than a BOOTP message. */
const SHORTEST = 300;
const BROADCAST_FLAG = 0x8000;
const NOWHERE = '0.0.0.0';
const LARGEST_MESSAGE = 1472;
const WANTED = [
  OPTION.mask,
  OPTION.routers,
  OPTION.dns,
  OPTION.hostname,
  OPTION.domain,
  OPTION.mtu,
  OPTION.broadcast,
  OPTION.ntp,
  OPTION.leaseSeconds,
  OPTION.server,
  OPTION.t1,
  OPTION.t2,
  OPTION.classlessRoutes,
];

// The package's own types of options lose bytes and cut at NUL (evidence f3 §1.1): to it all options are bytes, and we read them.
for (let code = 1; code < 255; code++) knownOptions.opts[code] = { name: `option ${code}`, type: 'UInt8s' };

/** A client's message as bytes (RFC 2131 §2). */
export function encodeRequest(request: DhcpRequest): Buffer {
  const ciaddr = request.ciaddr ?? NOWHERE;
  const message = protocol.format({
    op: 1,
    htype: 1,
    hlen: 6,
    hops: 0,
    xid: request.xid,
    secs: Math.min(request.secs, 0xffff),
    // Before the address is set, the kernel would drop an answer sent to it.
    flags: ciaddr === NOWHERE ? BROADCAST_FLAG : 0,
    ciaddr,
    yiaddr: NOWHERE,
    siaddr: NOWHERE,
    giaddr: NOWHERE,
    chaddr: request.mac,
    sname: '',
    file: '',
    options: requestOptions(request),
  });
  return Buffer.concat([message._data.subarray(0, message._w), Buffer.alloc(Math.max(0, SHORTEST - message._w))]);
}

function requestOptions(request: DhcpRequest): Record<number, number[]> {
  const { kind, mac, requested, server, hostname } = request;
  const asks = kind === 'discover' || kind === 'request';
  return {
    [OPTION.type]: [TYPE[kind]],
    [OPTION.clientId]: [1, ...mac.split(':').map((byte) => Number.parseInt(byte, 16))],
    ...(asks ? { [OPTION.maxSize]: [LARGEST_MESSAGE >> 8, LARGEST_MESSAGE & 255], [OPTION.wanted]: WANTED } : {}),
    ...(asks && hostname !== undefined ? { [OPTION.hostname]: [...Buffer.from(hostname, 'latin1')] } : {}),
    ...(requested === undefined ? {} : { [OPTION.requested]: addressBytes(requested) }),
    ...(server === undefined ? {} : { [OPTION.server]: addressBytes(server) }),
  };
}

/** Reads a server's message. @throws PlumpError PLUMP_PROTOCOL for anything a client must not believe */
export function decodeReply(bytes: Buffer): DhcpReply {
  if (bytes.length < HEADER || bytes.length > LONGEST) throw malformed(`${bytes.length} bytes`);
  const header = parseHeader(bytes);
  if (header.op !== BOOTREPLY) throw malformed('no answer of a server');
  if (header.magicCookie !== COOKIE) throw malformed('no DHCP cookie');
  const options = readOptions(bytes);
  const type = numberOption(options, OPTION.type, 1);
  const { xid } = header;
  const mac = header.chaddr.toLowerCase().replaceAll('-', ':');
  if (type === TYPE.offer || type === TYPE.ack) {
    return { kind: type === TYPE.offer ? 'offer' : 'ack', xid, mac, terms: leaseTerms(header.yiaddr, options) };
  }
  if (type !== TYPE.nak) throw malformed(`type ${type ?? 'missing'} is none of a server's`);
  const [server = ''] = addressOption(options, OPTION.server);
  return { kind: 'nak', xid, mac, server, reason: textOption(options, OPTION.message) ?? '' };
}

function parseHeader(bytes: Buffer): ReturnType<typeof protocol.parse> {
  try {
    // With no options behind it: those are ours to read.
    return protocol.parse(Buffer.concat([bytes.subarray(0, HEADER), Buffer.from([255])]));
  } catch (error) {
    throw malformed(messageOf(error));
  }
}
