import path from 'node:path';
import test from 'ava';
import { joinArgument } from '#builder/lab/boot-image.ts';
import type { BootRequest } from '#builder/lab/boot-request.ts';
import { finalFolder, withBoot } from '../helpers/boots.ts';

const late = () => AbortSignal.timeout(300_000);
const key = path.join(path.dirname(finalFolder), 'cluster.key');

/** In two stages: the root comes from the TFTP server of the virtual network. */
const FETCH = 'plumpos.root=tftp://10.77.0.2/plumpos';

/** Every way of the matrix, and what besides is tried on it so that no further boot is needed. */
const WAYS: readonly (readonly [string, Partial<BootRequest>])[] = [
  ['a BIOS PC joins from a USB stick, with three network cards', { medium: 'usb', nics: 3 }],
  ['a BIOS PC joins from the network', { medium: 'pxe' }],
  ['a BIOS PC joins from the network and fetches its root by itself', { medium: 'pxe', append: FETCH }],
  ['a UEFI PC joins from a CD, with an e1000 card', { firmware: 'uefi', medium: 'cd', nicModel: 'e1000' }],
  ['a UEFI PC joins from a USB stick', { firmware: 'uefi', medium: 'usb' }],
  ['a UEFI PC joins from the network', { firmware: 'uefi', medium: 'pxe' }],
  ['a PC with Secure Boot joins from a CD', { firmware: 'secureboot', medium: 'cd' }],
  ['a PC with Secure Boot joins from a USB stick', { firmware: 'secureboot', medium: 'usb' }],
];

for (const [title, way] of WAYS) {
  test(title, async (t) => {
    const append = way.medium === 'pxe' ? `${await joinArgument(key)} ${way.append ?? ''}`.trim() : '';
    await withBoot(t, { ...way, append }, async ({ boot, nodes }) => {
      const status = await boot.watch.until('joined', late());
      t.is(status.secureBoot, way.firmware === 'secureboot');
      const leased = status.nics.filter((nic) => nic.address?.startsWith('10.77.'));
      t.is(leased.length, way.nics ?? 1);
      t.true(
        leased.every((nic) => nic.engine === 'plumpos'),
        JSON.stringify(leased),
      );
      const members = await nodes();
      t.is(members.length, 1);
      t.is(members[0]?.state, 'alive');
      t.is(members[0]?.addresses.length, way.nics ?? 1);
    });
  });
}

test('a PC without a DHCP server joins with the address typed at the menu', async (t) => {
  const append = 'plumpos.ip=eth0:10.9.8.7/24:10.9.8.1 plumpos.hostname=attic plumpos.role=half-duplex';
  await withBoot(t, { noDhcp: true, append }, async ({ boot, sh }) => {
    const status = await boot.watch.until('joined', late());
    t.is(status.name, 'attic');
    t.is(status.role, 'half-duplex');
    t.is(status.nics[0]?.address, '10.9.8.7');
    t.is(await sh('hostname'), 'attic');
  });
});
