import { readFileSync } from 'node:fs';
import test from 'ava';
import { hardenSoftDeps, readModuleIndex } from '#builder/formats/modules-files.ts';
import { chooseModules, decodeModuleLists } from '#builder/plan/module-choice.ts';

const dep = [
  'kernel/drivers/net/ethernet/realtek/r8169.ko: kernel/drivers/net/phy/libphy.ko',
  'kernel/drivers/net/phy/realtek.ko: kernel/drivers/net/phy/libphy.ko',
  'kernel/drivers/net/phy/libphy.ko:',
  'kernel/drivers/net/ethernet/mellanox/mlx4/mlx4_core.ko:',
  'kernel/drivers/ata/ahci.ko.xz: kernel/drivers/ata/libata.ko.xz',
  'kernel/drivers/ata/libata.ko.xz:',
  'kernel/sound/snd.ko:',
].join('\n');
const softdep = 'softdep r8169 pre: realtek\n';
const index = readModuleIndex({ dep, softdep, builtin: 'kernel/fs/ext4.ko\n' });
const lists = {
  medium: ['kernel/drivers/ata/ahci.ko'],
  node: ['kernel/drivers/net/ethernet/'],
  never: ['kernel/drivers/net/ethernet/mellanox/'],
};

test('patterns choose modules, and what they need comes with them: a PHY by softdep, a library by modules.dep', (t) => {
  const choice = chooseModules(index, lists, false);
  t.deepEqual([...choice.initrd].toSorted(), ['ahci', 'libata']);
  t.deepEqual([...choice.node].toSorted(), ['ahci', 'libata', 'libphy', 'r8169', 'realtek']);
  t.is(chooseModules(index, lists, true).node.size, 7);
  t.is(chooseModules(index, lists, true).initrd.size, 2);
});

test('modprobe of busybox loads the PHY driver before r8169', (t) => {
  const line = hardenSoftDeps(dep, softdep).split('\n')[0];
  t.is(
    line,
    'kernel/drivers/net/ethernet/realtek/r8169.ko: kernel/drivers/net/phy/libphy.ko kernel/drivers/net/phy/realtek.ko',
  );
  const circle = 'kernel/a.ko: kernel/b.ko\nkernel/b.ko:';
  t.is(hardenSoftDeps(circle, 'softdep b post: a\n'), circle);
});

test('the list of the image names every group of drivers the issue asks for', (t) => {
  const text = readFileSync('rootfs/modules.json', 'utf8');
  const { medium, node } = decodeModuleLists(text, 'rootfs/modules.json');
  const all = [...medium, ...node].join('\n');
  for (const one of [
    'ethernet/',
    'net/phy/',
    'net/usb/',
    'virtio_net',
    'vmxnet3',
    'hyperv',
    'drivers/ata/',
    'usb-storage',
    'squashfs',
    'isofs',
    'overlay',
    'loop',
  ])
    t.true(all.includes(one), one);
  for (const one of [
    'nfs.ko',
    'nfsd',
    'wireguard',
    'ip6_tunnel',
    'tun.ko',
    'veth',
    'nf_tables',
    'nft_*',
    'nf_nat',
    '*_diag',
    'zram',
    'efivarfs',
    'softdog',
    'i6300esb',
    'button',
    'evdev',
  ])
    t.true(all.includes(one), one);
  t.throws(() => decodeModuleLists('{"medium": 3}', 'x'), { code: 'PLUMP_CONFIG' });
});
