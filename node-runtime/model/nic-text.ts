import type { NicStatus } from './status.ts';

const TEXTS: Readonly<Record<string, string>> = {
  'no-link': 'no cable',
  static: 'fixed address',
  conflict: 'its fixed address is in use elsewhere',
  'link-local': 'no DHCP server answers',
  off: 'no address wanted (plumpos.nodhcp)',
  unmanaged: "its owner's",
  STOPPED: 'cannot be used',
  INIT: 'asks for a lease',
  SELECTING: 'asks for a lease',
  REQUESTING: 'is given a lease',
  PROBING: 'is given a lease',
  REBOOTING: 'asks for its lease again',
  BOUND: 'leased',
  RENEWING: 'leased',
  REBINDING: 'leased, its server is silent',
};

/** What a network card is at, for people. */
export function nicStateText({ state, engine }: Pick<NicStatus, 'state' | 'engine'>): string {
  const text = TEXTS[state] ?? state;
  return engine === 'udhcpc' ? `${text} (busybox's client)` : text;
}
