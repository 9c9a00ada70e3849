import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { openTools } from '#builder/host/open-tools.ts';
import type { Manifest } from '#runtime/model/manifest.ts';
import { finalFolder } from '../helpers/boots.ts';

/** Wired cards of PCs, old ones first, as far as Debian's kernel has a driver of its own for them. */
const PCI = [
  '3c59x typhoon 8139too 8139cp e100 e1000 ne2k-pci pcnet32 amd8111e tulip dmfe de2104x uli526x winbond-840 xircom_cb via-rhine',
  'via-velocity sis900 sis190 natsemi ns83820 epic100 starfire sundance dl2k hamachi yellowfin fealnx sunhme sungem r6040 smsc9420',
  'tg3 b44 bnx2 forcedeth skge sky2 atl1 atl2 atl1c atl1e alx jme e1000e igb igc ixgb ixgbe i40e r8169 tehuti vmxnet3',
].flatMap((line) => line.split(' '));
const USB =
  'asix ax88179_178a r8152 rtl8150 pegasus cdc_ether cdc_ncm rndis_host smsc75xx smsc95xx lan78xx dm9601 mcs7830 aqc111'.split(
    ' ',
  );
const VIRTUAL = ['virtio_net', 'hv_netvsc'];

const folder = mkdtempSync(path.join(tmpdir(), 'plumpos-drivers-'));
test.after.always(() => rmSync(folder, { recursive: true }));

/** modules-NAME.squashfs of the stock kernel, out of the ISO under test: its modules by name, and depmod's files. */
async function stockModules() {
  const tools = await openTools('image', { env: process.env, notice: () => {} });
  const { kernels } = JSON.parse(readFileSync(path.join(finalFolder, 'manifest.json'), 'utf8')) as Manifest;
  const { name, release } = kernels.find(({ form }) => form === 'stock') ?? { name: 'none', release: '' };
  const squashfs = path.join(folder, 'modules.squashfs');
  const iso = path.join(finalFolder, 'plumpos.iso');
  await tools.run('xorriso', [
    '-osirrox',
    'on',
    '-indev',
    iso,
    '-extract',
    `/plumpos/modules-${name}.squashfs`,
    squashfs,
  ]);
  await tools.run('unsquashfs', ['-quiet', '-no-progress', '-no-xattrs', '-d', path.join(folder, 'tree'), squashfs]);
  const text = (file: string) => readFileSync(path.join(folder, 'tree/usr/lib/modules', release, file), 'utf8');
  const dep = text('modules.dep');
  const names = new Set([...dep.matchAll(/^\S*\/([^/]+)\.ko:/gm)].map(([, module = '']) => module));
  return { names, dep, alias: text('modules.alias') };
}

test('the image has a driver for every wired card of a PC, and the kernel finds it by the card', async (t) => {
  const { names, dep, alias } = await stockModules();
  const all = [...PCI, ...USB, ...VIRTUAL];
  t.deepEqual(
    all.filter((name) => !names.has(name)),
    [],
    'not in the image',
  );
  const findable = (name: string) =>
    new RegExp(`^alias (pci|usb|virtio|vmbus):\\S+ ${name.replaceAll('-', '_')}$`, 'm').test(alias);
  t.deepEqual(
    all.filter((name) => !findable(name)),
    [],
    'for no card',
  );
  t.regex(dep, /^\S*\/r8169\.ko:.*\/realtek\.ko/m, 'without its PHY it drives no card');
  t.true(names.has('realtek'));
});
