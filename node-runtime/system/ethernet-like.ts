import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** ARPHRD_ETHER of linux/if_arp.h. */
const ETHERNET = '1';
/** Interfaces on a card that lead elsewhere than to its LAN. */
const TUNNELS = ['vxlan', 'geneve', 'macsec'];

/**
 * Does the interface lead to a LAN by a network card: is it one, or a bridge, bond, team, VLAN or macvlan on one (on any number of
 * these)? Bridges of virtual machines and containers only, veth, tunnels and WireGuard do not.
 * @param sysfs replaced in tests
 */
export function isEthernetLike(name: string, sysfs: string = '/sys/class/net'): boolean {
  const folder = path.join(sysfs, name);
  if (existsSync(path.join(folder, 'device'))) return true;
  if (read(folder, 'type') !== ETHERNET) return false;
  if (TUNNELS.some((type) => read(folder, 'uevent').includes(`DEVTYPE=${type}`))) return false;
  // A link `lower_NAME` for each interface this one stands on; the kernel allows no loops, and 8 levels.
  return lowers(folder).some((lower) => isEthernetLike(lower, sysfs));
}

function lowers(folder: string): string[] {
  try {
    return readdirSync(folder).flatMap((entry) => (entry.startsWith('lower_') ? [entry.slice('lower_'.length)] : []));
  } catch {
    return [];
  }
}

function read(folder: string, file: string): string {
  try {
    return readFileSync(path.join(folder, file), 'latin1').trim();
  } catch {
    return '';
  }
}
