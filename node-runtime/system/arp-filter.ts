import type { Instruction } from './socket-filter.ts';

const LOAD_WORD = 0x20;
const LOAD_HALF = 0x28;
const JUMP_EQUAL = 0x15;
const RETURN = 0x06;
const SENDER_MAC = 8;
const SENDER_ADDRESS = 14;
const WHOLE = 0xffff;

/** Of ARP packets on a cooked packet socket those that say somebody else than `mac` has `address`. */
export function claimsOfOthers({ mac, address }: { readonly mac: string; readonly address: string }): Instruction[] {
  const hardware = Buffer.from(mac.split(':').map((byte) => Number.parseInt(byte, 16)));
  const wanted = Buffer.from(address.split('.').map(Number)).readUInt32BE();
  return [
    [LOAD_WORD, 0, 0, SENDER_ADDRESS],
    [JUMP_EQUAL, 0, 5, wanted],
    [LOAD_WORD, 0, 0, SENDER_MAC],
    [JUMP_EQUAL, 0, 2, hardware.readUInt32BE(0)],
    [LOAD_HALF, 0, 0, SENDER_MAC + 4],
    [JUMP_EQUAL, 1, 0, hardware.readUInt16BE(4)],
    [RETURN, 0, 0, WHOLE],
    [RETURN, 0, 0, 0],
  ];
}
