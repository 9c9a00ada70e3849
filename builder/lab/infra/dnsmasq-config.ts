import type { Seat } from '../room/seats.ts';

/** What the room's DHCP server is told. */
export interface DhcpPlan {
  readonly segments: number;
  /** Every place a machine may take: its cards' addresses are fixed, its name is told to it. */
  readonly seats: readonly Seat[];
  /** Serve the TFTP root for network boots. */
  readonly tftp: boolean;
}

/** Lines as in pxe/dnsmasq.conf.example: first the machine's own PXE program fetches iPXE, then iPXE the script. */
const NETWORK_BOOT = [
  'enable-tftp',
  'tftp-root=/srv',
  'dhcp-match=set:ipxe,175',
  'dhcp-match=set:efi,option:client-arch,7',
  'dhcp-match=set:efi,option:client-arch,9',
  'dhcp-boot=tag:!ipxe,tag:!efi,undionly.kpxe',
  'dhcp-boot=tag:!ipxe,tag:efi,snponly.efi',
  'dhcp-boot=tag:ipxe,plumpos.ipxe',
];

/** dnsmasq.conf of the room's server. Pure. */
export function dnsmasqConfig({ segments, seats, tftp }: DhcpPlan): string {
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
    ...(tftp ? NETWORK_BOOT : []),
    '',
  ].join('\n');
}
