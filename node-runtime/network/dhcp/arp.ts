import { addressBytes } from './options.ts';

/** EtherType of ARP. */
export const ARP = 0x0806;
const REQUEST = 1;

/** An ARP probe (RFC 5227 §2.1.1): who has `address`?, asked without saying an address of our own. */
export function arpProbe(mac: string, address: string): Buffer {
  const hardware = mac.split(':').map((byte) => Number.parseInt(byte, 16));
  return Buffer.from([
    0,
    1,
    8,
    0,
    6,
    4,
    0,
    REQUEST,
    ...hardware,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    ...addressBytes(address),
  ]);
}

/** Does an ARP packet show that somebody other than `mac` has `address`, or is about to take it (RFC 5227 §2.1.1)? */
export function arpConflict(packet: Buffer, mac: string, address: string): boolean {
  if (packet.length < 28 || packet.readUInt32BE(0) !== 0x00010800 || packet.readUInt16BE(4) !== 0x0604) return false;
  const sender = packet.subarray(8, 14).toString('hex');
  if (sender === mac.replaceAll(':', '')) return false;
  const wanted = Buffer.from(addressBytes(address));
  const probesToo =
    packet.readUInt16BE(6) === REQUEST && packet.readUInt32BE(14) === 0 && packet.subarray(24, 28).equals(wanted);
  return packet.subarray(14, 18).equals(wanted) || probesToo;
}
