import { readFileSync } from 'node:fs';
import { isSignedWith } from '#runtime/network/ssdp/signature.ts';

/** Frames of a pcap file as builder/lab/switch writes them; the last one may still be under way. */
export function* framesOf(file: string): Generator<Buffer> {
  const bytes = readFileSync(file);
  for (let at = 24; at + 16 <= bytes.length; ) {
    const length = bytes.readUInt32LE(at + 8);
    if (at + 16 + length > bytes.length) return;
    yield bytes.subarray(at + 16, at + 16 + length);
    at += 16 + length;
  }
}

/**
 * What a frame is, to somebody who listens on the wire; whatever is none of the known kinds is told byte by byte.
 * @param ssdpKeys of the clusters whose announcements may be there.
 */
export function kindOf(frame: Buffer, ssdpKeys: readonly Buffer[]): string {
  const type = frame.readUInt16BE(12);
  if (type === 0x0806) return 'ARP';
  if (type === 0x86dd) return ipv6(frame);
  if (type !== 0x0800) return `EtherType ${type.toString(16)}`;
  const start = 14 + (frame.readUInt8(14) & 15) * 4;
  const protocol = frame.readUInt8(23);
  if (protocol === 1) return 'ICMP';
  if (protocol === 2) return 'IGMP';
  if (protocol !== 17) return `IPv4 protocol ${protocol}`;
  const [from, to] = [frame.readUInt16BE(start), frame.readUInt16BE(start + 2)];
  const payload = frame.subarray(start + 8, start + frame.readUInt16BE(start + 4));
  if ([67, 68].includes(to)) return 'DHCP';
  if (from === 1900 || to === 1900)
    return ssdpKeys.some((key) => isSignedWith(payload, key))
      ? 'signed SSDP'
      : `unsigned on port 1900: ${payload.toString('latin1')}`;
  return isWireGuard(payload) ? 'WireGuard' : `UDP ${from} > ${to}: ${payload.toString('latin1')}`;
}

/** What every Linux says on its own when a card comes up; ours has no part in it. */
function ipv6(frame: Buffer): string {
  const hopByHop = frame.readUInt8(20) === 0;
  const next = hopByHop ? frame.readUInt8(54) : frame.readUInt8(20);
  return next === 58 ? 'ICMPv6' : `IPv6 header ${next}`;
}

/** Message types 1 to 3 have one length each, data has at least a header and a tag (the WireGuard paper, 5.4). */
function isWireGuard(payload: Buffer): boolean {
  if (payload.length < 32 || payload.readUIntBE(1, 3) !== 0) return false;
  const fixed = { 1: 148, 2: 92, 3: 64 }[payload.readUInt8(0)];
  return fixed === undefined ? payload.readUInt8(0) === 4 : payload.length === fixed;
}
