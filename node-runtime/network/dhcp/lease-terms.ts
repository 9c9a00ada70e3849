import type { DhcpRoute, LeaseTerms } from '../../model/dhcp.ts';
import { isHostAddress } from '../../model/ipv4.ts';
import { addressOption, malformed, numberOption, OPTION, type RawOptions, textOption } from './options.ts';

const FOR_EVER = 0xffffffff;
/** Shorter ones are a server's mistake: it would be asked every few seconds. */
export const SHORTEST_LEASE_SECONDS = 10;

/** What an OFFER or ACK grants. @throws PlumpError PLUMP_PROTOCOL for an address, mask or lease no client could use */
export function leaseTerms(address: string, options: RawOptions): LeaseTerms {
  const [server] = addressOption(options, OPTION.server);
  const lease = numberOption(options, OPTION.leaseSeconds, 4);
  if (server === undefined) throw malformed('no server identifier');
  if (!isHostAddress(address)) throw malformed(`${address} is no address for a host`);
  if (lease === undefined || lease < SHORTEST_LEASE_SECONDS) throw malformed(`a lease of ${lease ?? 'no'} seconds`);
  const leaseSeconds = lease === FOR_EVER ? Number.POSITIVE_INFINITY : lease;
  const domain = textOption(options, OPTION.domain);
  const hostname = hostLabel(textOption(options, OPTION.hostname));
  const mtu = numberOption(options, OPTION.mtu, 2);
  return {
    address,
    prefix: prefixOf(addressOption(options, OPTION.mask)[0], address),
    server,
    leaseSeconds,
    ...renewalTimes(leaseSeconds, numberOption(options, OPTION.t1, 4), numberOption(options, OPTION.t2, 4)),
    routes: routesOf(options),
    dns: addressOption(options, OPTION.dns).filter(isHostAddress),
    ntp: addressOption(options, OPTION.ntp).filter(isHostAddress),
    ...(domain !== undefined && /^[\w.-]+$/.test(domain) ? { domain } : {}),
    ...(hostname === undefined ? {} : { hostname }),
    // 576 is the least a host must be able to receive; servers have been seen to send 0.
    ...(mtu !== undefined && mtu >= 576 ? { mtu } : {}),
  };
}

/** T1 and T2 within the lease and in order; by default half and seven eighths of it (RFC 2131 §4.4.5). */
export function renewalTimes(
  lease: number,
  t1: number | undefined,
  t2: number | undefined,
): { t1: number; t2: number } {
  const rebind = t2 !== undefined && t2 > 0 && t2 < lease ? t2 : lease * 0.875;
  const renew = t1 !== undefined && t1 > 0 && t1 < rebind ? t1 : Math.min(lease * 0.5, rebind * 0.75);
  return { t1: renew, t2: rebind };
}

/** Length of a mask's prefix; 255.255.255.255 is legal (a network of one). Without a mask the old classes hold. */
function prefixOf(mask: string | undefined, address: string): number {
  if (mask === undefined) {
    const first = Number(address.split('.')[0]);
    return first < 128 ? 8 : first < 192 ? 16 : 24;
  }
  const bits = mask
    .split('.')
    .map((byte) => Number(byte).toString(2).padStart(8, '0'))
    .join('');
  if (!/^1+0*$/.test(bits)) throw malformed(`${mask} is no network mask`);
  return bits.lastIndexOf('1') + 1;
}

/** Classless routes where there are any; the router option counts only without them (RFC 3442). */
function routesOf(options: RawOptions): DhcpRoute[] {
  const classless = options.get(OPTION.classlessRoutes);
  if (classless) return classlessRoutes(classless);
  return addressOption(options, OPTION.routers)
    .filter(isHostAddress)
    .slice(0, 1)
    .map((via) => ({ to: '0.0.0.0/0', via }));
}

function classlessRoutes(bytes: Buffer): DhcpRoute[] {
  const routes: DhcpRoute[] = [];
  for (let at = 0; at < bytes.length; ) {
    const width = bytes[at++] as number;
    const significant = Math.ceil(width / 8);
    if (width > 32 || at + significant + 4 > bytes.length) throw malformed('option 121 is cut short');
    const destination = [...bytes.subarray(at, at + significant), 0, 0, 0, 0].slice(0, 4).join('.');
    at += significant;
    routes.push({ to: `${destination}/${width}`, via: [...bytes.subarray(at, at + 4)].join('.') });
    at += 4;
  }
  return routes;
}

/** The host's own label of a name; undefined for what cannot be a host name. */
export function hostLabel(name: string | undefined): string | undefined {
  const label = name?.split('.')[0]?.toLowerCase();
  return label !== undefined && /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label) ? label : undefined;
}
