import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { observe, observedChecks } from '#runtime/services/observed-nics.ts';
import { isEthernetLike } from '#runtime/system/ethernet-like.ts';

/** A /sys/class/net: what each interface stands on, and what it says it is. */
const INTERFACES: Readonly<Record<string, { lower?: string[]; device?: true; type?: number; uevent?: string }>> = {
  lo: { type: 772 },
  eth0: { device: true },
  eth1: { device: true },
  wlan0: { device: true },
  br0: { lower: ['eth0', 'vnet3'], uevent: 'DEVTYPE=bridge' },
  bond0: { lower: ['eth0', 'eth1'], uevent: 'DEVTYPE=bond' },
  'eth1.7': { lower: ['eth1'], uevent: 'DEVTYPE=vlan' },
  'br0.7': { lower: ['br0'], uevent: 'DEVTYPE=vlan' },
  vnet3: {},
  docker0: { lower: ['veth12ab'], uevent: 'DEVTYPE=bridge' },
  virbr0: { lower: ['vnet3'], uevent: 'DEVTYPE=bridge' },
  veth12ab: {},
  tun0: { type: 65_534 },
  wg0: { type: 65_534, uevent: 'DEVTYPE=wireguard' },
  vxlan5: { lower: ['eth0'], uevent: 'DEVTYPE=vxlan' },
};

const sysfs = mkdtempSync(path.join(os.tmpdir(), 'plumpos-sysfs-'));
test.before(() => {
  for (const [name, { lower = [], device, type = 1, uevent = '' }] of Object.entries(INTERFACES)) {
    mkdirSync(path.join(sysfs, name));
    for (const one of lower) writeFileSync(path.join(sysfs, name, `lower_${one}`), '');
    if (device) mkdirSync(path.join(sysfs, name, 'device'));
    writeFileSync(path.join(sysfs, name, 'type'), `${type}\n`);
    writeFileSync(path.join(sysfs, name, 'uevent'), `${uevent}\nINTERFACE=${name}\n`);
  }
});
test.after.always(() => rmSync(sysfs, { recursive: true }));

const isLan = (name: string) => isEthernetLike(name, sysfs);
const addressed = (...names: string[]) =>
  Object.fromEntries(
    names.map((name) => [
      name,
      [
        {
          family: 'IPv6' as const,
          address: 'fe80::1',
          netmask: '',
          mac: '',
          internal: false,
          cidr: 'fe80::1/64',
          scopeid: 2,
        },
        {
          family: 'IPv4' as const,
          address: '192.168.1.7',
          netmask: '255.255.255.0',
          mac: '02:00:00:00:00:07',
          internal: name === 'lo',
          cidr: '192.168.1.7/24',
        },
      ],
    ]),
  );

test('a head is met on network cards, and on bridges, bonds and VLANs over them', (t) => {
  t.deepEqual(Object.keys(INTERFACES).filter(isLan), ['eth0', 'eth1', 'wlan0', 'br0', 'bond0', 'eth1.7', 'br0.7']);
  const { nics, leftOut } = observe(addressed('lo', 'br0', 'docker0', 'wg0'), isLan);
  t.deepEqual(
    nics.map(({ name, address, prefix, state }) => [name, address, prefix, state]),
    [['br0', '192.168.1.7', 24, 'unmanaged']],
  );
  t.deepEqual(leftOut, ['docker0', 'wg0']);
  t.deepEqual(observedChecks({ nics, leftOut }), []);
});

test('a head on whose interfaces nobody is met says which there are, and which it would take', (t) => {
  const said = (...names: string[]) => observedChecks(observe(addressed(...names), isLan))[0]?.text ?? '';
  t.regex(said('docker0', 'wg0'), /bridge, bond or VLAN over one\) is needed: docker0, wg0 lead to no card$/);
  t.regex(said('lo'), /no interface has one$/);
});

test('an interface that goes while it is looked at is no LAN', (t) => {
  t.false(isLan('gone'));
});
