const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const LINK_ETHERNET = 1;
const SNAP_LENGTH = 256 * 1024;

/** First bytes of a capture file as tcpdump and Wireshark read it (pcap 2.4, Ethernet). */
export function pcapHeader(): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(MAGIC_MICROSECONDS, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(SNAP_LENGTH, 16);
  header.writeUInt32LE(LINK_ETHERNET, 20);
  return header;
}

/** One captured frame; `wall` in milliseconds since 1970. */
export function pcapRecord(frame: Buffer, wall: number): Buffer {
  const record = Buffer.allocUnsafe(16 + frame.length);
  record.writeUInt32LE(Math.floor(wall / 1000), 0);
  record.writeUInt32LE(Math.floor((wall % 1000) * 1000), 4);
  record.writeUInt32LE(frame.length, 8);
  record.writeUInt32LE(frame.length, 12);
  frame.copy(record, 16);
  return record;
}
