import { addressBytes } from './options.ts';

/** EtherType of ARP. */
export const ARP = 0x0806;
const REQUEST = 1;
/** Ethernet, IPv4, addresses of 6 and 4 bytes. */
const HEAD = [0, 1, 8, 0, 6, 4] as const;
const NOBODY = '0.0.0.0';

/** Who has `address`?, asked without saying an address of our own (an ARP probe, RFC 5227 §2.1.1). */
export function arpProbe(mac: string, address: string): Buffer {
  return arpRequest(mac, NOBODY, address);
}

/** We have `address` (an ARP announcement, RFC 5227 §2.3): neighbours forget whoever had it before. */
export function arpAnnouncement(mac: string, address: string): Buffer {
  return arpRequest(mac, address, address);
}

function arpRequest(mac: string, sender: string, target: string): Buffer {
  const nobody = [0, 0, 0, 0, 0, 0];
  return Buffer.from([
    ...HEAD,
    0,
    REQUEST,
    ...macBytes(mac),
    ...addressBytes(sender),
    ...nobody,
    ...addressBytes(target),
  ]);
}

/** Does an ARP packet show that somebody other than `mac` has `address`, or is about to take it (RFC 5227 §2.1.1)? */
export function arpConflict(packet: Buffer, mac: string, address: string): boolean {
  if (!isFromOther(packet, mac)) return false;
  const wanted = Buffer.from(addressBytes(address));
  const probesToo =
    packet.readUInt16BE(6) === REQUEST && packet.readUInt32BE(14) === 0 && packet.subarray(24, 28).equals(wanted);
  return packet.subarray(14, 18).equals(wanted) || probesToo;
}

/** Does an ARP packet show that somebody other than `mac` uses `address` (RFC 5227 §2.4)? A probe for it is none. */
export function arpUses(packet: Buffer, mac: string, address: string): boolean {
  return isFromOther(packet, mac) && packet.subarray(14, 18).equals(Buffer.from(addressBytes(address)));
}

function isFromOther(packet: Buffer, mac: string): boolean {
  const isArp = packet.length >= 28 && packet.subarray(0, HEAD.length).equals(Buffer.from(HEAD));
  return isArp && !packet.subarray(8, 14).equals(Buffer.from(macBytes(mac)));
}

function macBytes(mac: string): number[] {
  return mac.split(':').map((byte) => Number.parseInt(byte, 16));
}
