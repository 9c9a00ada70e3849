import type { Seat } from '../room/seats.ts';

/** What the room's DHCP server is told. */
export interface DhcpPlan {
  readonly segments: number;
  /** Every place a machine may take: its cards' addresses are fixed, its name is told to it. */
  readonly seats: readonly Seat[];
  /** For network boots: text of the TFTP root's dnsmasq.conf.example. */
  readonly example?: string | undefined;
}

/** The very lines our users copy: first the machine's own PXE program fetches iPXE, then iPXE the script. */
function networkBoot(example: string): string[] {
  const lines = example.split('\n').filter((line) => /^(enable-tftp$|dhcp-match=|dhcp-boot=)/.test(line));
  return [...lines, 'tftp-root=/srv'];
}

/** dnsmasq.conf of the room's server. Pure. */
export function dnsmasqConfig({ segments, seats, example }: DhcpPlan): string {
  const ranges = Array.from(
    { length: segments },
    (_, k) => `dhcp-range=10.77.${k}.210,10.77.${k}.250,255.255.255.0,1h`,
  );
  const hosts = seats.flatMap((seat) =>
    seat.cards.map((card) => `dhcp-host=${[card.mac, card.address, seat.name].filter(Boolean).join(',')}`),
  );
  return [
    'port=0',
    'user=root',
    'pid-file=',
    'no-ping',
    'log-dhcp',
    'log-facility=/run/dnsmasq.log',
    'dhcp-authoritative',
    'dhcp-leasefile=/run/dnsmasq.leases',
    // No router and no DNS server: this LAN leads nowhere.
    'dhcp-option=3',
    'dhcp-option=6',
    ...ranges,
    ...hosts,
    ...(example === undefined ? [] : networkBoot(example)),
    '',
  ].join('\n');
}
