import { truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PlumpError } from '#runtime/base/errors.ts';
import { makeSound } from '../../host/sound-squashfs.ts';
import { labInitrd } from '../lab-initrd.ts';
import type { LabKernel } from '../lab-kernel.ts';
import { startVm } from '../qemu.ts';
import type { LabSupplies } from '../supplies.ts';
import type { Drive } from '../types.ts';

const MODULES = ['virtio_pci', 'virtio_console', 'virtio_blk', 'squashfs', 'overlay'];
const LIMIT_SECONDS = 1500;
const ARCHIVE_BYTES = 900e6;
const LINES_SHOWN = 12;
const guest = (name: string) => path.join(import.meta.dirname, 'guest', name);

/**
 * Configures unpacked Debian packages inside a virtual PC, where we are root without being it here.
 * @param base squashfs of the unpacked tree.
 * @param out file to make: a squashfs of everything that configuring added or changed.
 */
export async function configureDebian(
  supplies: LabSupplies,
  kernel: LabKernel,
  base: string,
  out: string,
): Promise<void> {
  const folder = path.dirname(out);
  const archive = path.join(folder, '.changes.tar');
  await writeFile(archive, '');
  await truncate(archive, ARCHIVE_BYTES);
  const initrd = path.join(folder, '.configure-initrd');
  const programs = { init: guest('configure-init'), configure: guest('configure'), setup: guest('setup') };
  await writeFile(initrd, await labInitrd(supplies, { kernel, modules: MODULES, programs }));
  await runScripts(supplies, kernel, initrd, [disk(base, true), disk(archive, false)]);
  const { image, signal } = supplies;
  const make = (more: readonly string[]) =>
    image.run('mksquashfs', ['-', out, '-tar', ...SQUASHFS, ...more], {
      stdin: { file: archive },
      cancelSignal: signal,
    });
  await makeSound(image, out, make, signal);
}

const SQUASHFS = [
  '-noappend',
  '-quiet',
  '-no-progress',
  '-no-xattrs',
  '-comp',
  'lz4',
  '-b',
  '256K',
  '-root-mode',
  '755',
];

function disk(file: string, readonly: boolean): Drive {
  return { kind: 'disk', bus: 'virtio', file, readonly };
}

async function runScripts(
  supplies: LabSupplies,
  kernel: LabKernel,
  initrd: string,
  drives: readonly Drive[],
): Promise<void> {
  const append = 'console=ttyS0 quiet random.trust_cpu=on panic=-1';
  await using vm = await startVm(
    {
      name: 'plumpos-configure',
      memoryMB: 1024,
      firmware: 'bios',
      accel: supplies.accel,
      cpu: 'qemu64',
      drives,
      nics: [],
      kernel: { vmlinuz: kernel.vmlinuz, initrds: [initrd], append },
      timeLimitSeconds: LIMIT_SECONDS,
    },
    supplies.qemu,
  );
  await vm.channel.ready(AbortSignal.any([supplies.signal, AbortSignal.timeout(120_000)]));
  const end = await vm.channel.exec(['sh', '-c', 'exec /configure 2>&1'], {
    timeoutMs: LIMIT_SECONDS * 1000,
    signal: supplies.signal,
  });
  if (end.status === 0) return;
  const said = end.stdout.toString().trim().split('\n').slice(-LINES_SHOWN).join('\n');
  throw new PlumpError('PLUMP_LAB', `the Debian of the head cannot be configured:\n${said}`);
}
