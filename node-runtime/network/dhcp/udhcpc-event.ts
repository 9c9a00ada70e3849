import type { DhcpRoute, LeaseTerms } from '../../model/dhcp.ts';
import { isDotted, isHostAddress } from '../../model/ipv4.ts';
import { hostLabel, renewalTimes, SHORTEST_LEASE_SECONDS } from './lease-terms.ts';

/**
 * A script for busybox's DHCP client that prints what it is told: the event and the environment, NUL after each part. When
 * nobody listens any more, because the agent died, it ends the client, which must not give back what the next agent has.
 */
export const UDHCPC_SCRIPT = `#!/bin/sh
trap '' PIPE
printf 'plumpos-event=%s\\0' "$1" && env -0 && printf 'plumpos-end\\0' || kill -9 $PPID
`;

/** What busybox's client said: it has an address, or must not use one (any more). */
export type UdhcpcEvent = { readonly kind: 'lease'; readonly terms: LeaseTerms } | { readonly kind: 'none' };

/** Reads the script's output piece by piece. */
export class UdhcpcReader {
  #rest = '';
  #event: Map<string, string> | undefined;

  /** Takes in some output and gives the events it completes; what cannot be used is left out. */
  read(text: string): UdhcpcEvent[] {
    const parts = (this.#rest + text).split('\0');
    this.#rest = parts.pop() ?? '';
    return parts.flatMap((part) => this.#part(part) ?? []);
  }

  #part(part: string): UdhcpcEvent | undefined {
    if (part.startsWith('plumpos-event=')) this.#event = new Map();
    const cut = part.indexOf('=');
    if (cut > 0) this.#event?.set(part.slice(0, cut), part.slice(cut + 1));
    if (part !== 'plumpos-end' || !this.#event) return undefined;
    const env = this.#event;
    this.#event = undefined;
    const name = env.get('plumpos-event') ?? '';
    if (name === 'deconfig' || name === 'nak' || name === 'leasefail') return { kind: 'none' };
    const terms = name === 'bound' || name === 'renew' ? termsOf(env) : undefined;
    return terms && { kind: 'lease', terms };
  }
}

/** The client is given no lease time by BOOTP servers; asking again each hour harms nobody. */
const DEFAULT_LEASE_SECONDS = 3600;

function termsOf(env: ReadonlyMap<string, string>): LeaseTerms | undefined {
  const address = env.get('ip') ?? '';
  const leaseSeconds = Number(env.get('lease') ?? DEFAULT_LEASE_SECONDS);
  const prefix = Number(env.get('mask') ?? 24);
  const usable = Number.isInteger(prefix) && prefix >= 1 && prefix <= 32 && leaseSeconds >= SHORTEST_LEASE_SECONDS;
  if (!isHostAddress(address) || !usable) return undefined;
  const list = (name: string) => (env.get(name) ?? '').split(' ').filter(isHostAddress);
  const [server = ''] = list('serverid');
  const hostname = hostLabel(env.get('hostname'));
  return {
    address,
    prefix,
    server,
    leaseSeconds,
    ...renewalTimes(leaseSeconds, undefined, undefined),
    routes: routesOf(env.get('staticroutes'), list('router')),
    dns: list('dns'),
    ntp: list('ntpsrv'),
    ...(hostname === undefined ? {} : { hostname }),
  };
}

/** `TO/LENGTH VIA TO/LENGTH VIA …` where a server has classless routes (RFC 3442), else the router. */
function routesOf(classless: string | undefined, routers: readonly string[]): DhcpRoute[] {
  if (classless === undefined) return routers.slice(0, 1).map((via) => ({ to: '0.0.0.0/0', via }));
  const pairs = classless.matchAll(/([\d.]+)\/(\d{1,2}) ([\d.]+)/g);
  return [...pairs].flatMap(([, to = '', length, via = '']) =>
    isDotted(to) && isDotted(via) && Number(length) <= 32 ? [{ to: `${to}/${length}`, via }] : [],
  );
}
