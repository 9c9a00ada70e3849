import test from 'ava';
import type { NicStatus } from '#runtime/model/status.ts';
import { networkCheck } from '#runtime/services/member-status.ts';

function nic(name: string, state: string, address?: string): NicStatus {
  const card = { name, mac: '02:00:00:00:00:01', driver: 'e1000', carrier: state !== 'no-link', state };
  return address === undefined ? card : { ...card, address, prefix: 24 };
}

for (const [what, nics, ok, text] of [
  ['no card', [], false, 'no network card was found: has the kernel a driver for it?'],
  ['no cable', [nic('eth0', 'no-link'), nic('eth1', 'no-link')], false, 'no network card has a cable (eth0, eth1)'],
  [
    'no answer yet',
    [nic('eth0', 'no-link'), nic('eth1', 'SELECTING'), nic('eth2', 'conflict')],
    false,
    'no network card has an address yet: eth1 asks for a lease, eth2 its fixed address is in use elsewhere',
  ],
  [
    'plumpos.nodhcp',
    [nic('eth0', 'off')],
    false,
    'no network card has an address yet: eth0 no address wanted (plumpos.nodhcp)',
  ],
  [
    'no server',
    [nic('eth0', 'link-local', '169.254.3.4')],
    true,
    'eth0 169.254.3.4 (link-local: no DHCP server answers)',
  ],
  ['all well', [nic('eth0', 'BOUND', '10.0.0.7'), nic('eth1', 'no-link')], true, 'eth0 10.0.0.7'],
] as const)
  test(`status says about the network: ${what}`, (t) => {
    t.deepEqual(networkCheck(nics), { name: 'network', ok, text });
  });
