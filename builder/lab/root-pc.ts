import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { PlumpError } from '#runtime/base/errors.ts';
import { headImage } from './head/head-image.ts';
import { labKernel } from './lab-kernel.ts';
import { startVm } from './qemu.ts';
import { debianKernel, disk } from './room/machine-spec.ts';
import type { LabSupplies } from './supplies.ts';
import type { Vm } from './types.ts';

const UP_MS = 300_000;
const MEMORY_MB = 3072;
/** An emulated PC with more ends programs now and then whose code is made while they run, as Node.js' is (QEMU 7.2). */
const CPUS = 1;

/**
 * A virtual Debian PC in which somebody is root who is not so on this machine. Folders of this machine are there under their own
 * names; what is changed in them stays in the PC's memory.
 * @throws PlumpError PLUMP_LAB when it does not come up or cannot see a folder
 */
export async function startRootPc(
  supplies: LabSupplies,
  folders: readonly string[],
  timeLimitSeconds: number,
): Promise<Vm> {
  const debian = await headImage(supplies, await labKernel(supplies));
  const shares = folders.map((folder, index) => ({ tag: `share${index}`, folder }));
  await using stack = new AsyncDisposableStack();
  const vm = stack.use(
    await startVm(
      {
        name: 'plumpos-root',
        memoryMB: MEMORY_MB,
        firmware: 'bios',
        cpu: 'qemu64',
        cpus: CPUS,
        accel: supplies.accel,
        drives: debian.layers.map(disk),
        nics: [],
        shares,
        kernel: debianKernel(debian, 'root-pc'),
        timeLimitSeconds,
      },
      supplies.qemu,
    ),
  );
  const signal = AbortSignal.any([supplies.signal, AbortSignal.timeout(UP_MS)]);
  await vm.channel.ready(signal);
  const script = await readFile(path.join(import.meta.dirname, 'guest/see-shares'), 'utf8');
  const words = shares.flatMap(({ tag, folder }) => [tag, folder]);
  const seen = await vm.channel.exec(['sh', '-c', script, 'sh', ...words], { signal, timeoutMs: UP_MS });
  if (seen.status !== 0)
    throw new PlumpError('PLUMP_LAB', `the virtual PC does not see ${folders.join(', ')}: ${seen.stderr}`);
  stack.move();
  return vm;
}
