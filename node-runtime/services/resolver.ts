import type { LeaseTerms } from '../model/dhcp.ts';

/** The resolver looks at no more (resolv.conf(5), MAXNS). */
const MOST_SERVERS = 3;

/** resolv.conf made of all leases in force. */
export function resolverText(leases: readonly Pick<LeaseTerms, 'dns' | 'domain'>[]): string {
  const servers = [...new Set(leases.flatMap((lease) => lease.dns))].slice(0, MOST_SERVERS);
  const domains = [...new Set(leases.flatMap((lease) => lease.domain ?? []))];
  const search = domains.length > 0 ? `search ${domains.join(' ')}\n` : '';
  return search + servers.map((server) => `nameserver ${server}\n`).join('');
}
