import { type Clock, sleep } from '../base/clock.ts';
import { ARP, arpConflict, arpProbe } from '../network/dhcp/arp.ts';
import { openPacketSocket, type PacketSocket } from '../system/packet-socket.ts';

const PROBES = 3;
/** RFC 5227 waits seconds between probes for the slowest networks; a machine on a wired LAN answers in milliseconds. */
const BETWEEN_MS = 200;
const LOOK_MS = 40;
/** ARP packets read at a look: a flood of them must not hold up the agent. */
const MOST_READ = 500;

/**
 * Asks the LAN whether somebody has an address (RFC 2131 §3.1 step 5, RFC 5227 §2.1). Takes 0.6 s when nobody has.
 * @throws PlumpError PLUMP_SYSTEM when the NIC has gone
 */
export async function addressInUse(nic: string, mac: string, address: string, clock: Clock): Promise<boolean> {
  using socket = openPacketSocket(nic, ARP);
  for (let probe = 0; probe < PROBES; probe++) {
    socket.broadcast(arpProbe(mac, address));
    for (let waited = 0; waited < BETWEEN_MS; waited += LOOK_MS) {
      await sleep(clock, LOOK_MS);
      if (isClaimed(socket, mac, address)) return true;
    }
  }
  return false;
}

function isClaimed(socket: PacketSocket, mac: string, address: string): boolean {
  for (let read = 0; read < MOST_READ; read++) {
    const packet = socket.receive();
    if (!packet) return false;
    if (arpConflict(packet, mac, address)) return true;
  }
  return false;
}
