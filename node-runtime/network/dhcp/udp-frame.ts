const PROTOCOL_UDP = 17;
const TTL = 64;
const CLIENT_PORT = 68;
const SERVER_PORT = 67;

/**
 * An IPv4 packet from 0.0.0.0:68 to 255.255.255.255:67 (RFC 791, RFC 768): a UDP socket of the kernel would take another NIC's
 * address as source, which servers behind DHCP snooping drop.
 */
export function broadcastPacket(payload: Buffer): Buffer {
  const udp = Buffer.concat([Buffer.alloc(8), payload]);
  udp.writeUInt16BE(CLIENT_PORT, 0);
  udp.writeUInt16BE(SERVER_PORT, 2);
  udp.writeUInt16BE(udp.length, 4);
  const ip = Buffer.alloc(20);
  ip[0] = 0x45;
  ip.writeUInt16BE(ip.length + udp.length, 2);
  ip[8] = TTL;
  ip[9] = PROTOCOL_UDP;
  ip.fill(0xff, 16, 20);
  ip.writeUInt16BE(checksum(ip), 10);
  const pseudo = Buffer.concat([
    ip.subarray(12, 20),
    Buffer.from([0, PROTOCOL_UDP, udp.length >> 8, udp.length & 255]),
    udp,
  ]);
  udp.writeUInt16BE(checksum(pseudo) || 0xffff, 6);
  return Buffer.concat([ip, udp]);
}

/** The Internet checksum (RFC 1071). */
function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] as number) << 8) + (bytes[i + 1] ?? 0);
  while (sum >>> 16) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
