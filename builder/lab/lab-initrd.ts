import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type CpioEntry, writeCpio } from '../formats/cpio.ts';
import { run } from '../host/exec.ts';
import { compileNative } from '../steps/compile-native.ts';
import { moduleEntries } from '../steps/pack-modules.ts';
import { unpackPackages } from '../steps/unpack-packages.ts';
import { type LabKernel, modulesFor } from './lab-kernel.ts';
import type { LabSupplies } from './supplies.ts';

const native = path.resolve(import.meta.dirname, '../../node-runtime/native');

/** What one of the lab's own initrds holds beside busybox and lab-agent. */
export interface LabInitrdParts {
  readonly kernel: LabKernel;
  readonly modules: readonly string[];
  /** Files of this machine by their path in the initrd; all may be run. */
  readonly programs: Readonly<Record<string, string>>;
}

/** An initrd of the lab's own: busybox, lab-agent, modules, and what the caller adds (an `init` among it). */
export async function labInitrd(supplies: LabSupplies, parts: LabInitrdParts): Promise<Buffer> {
  const programs = { ...(await labPrograms(supplies)), ...parts.programs };
  const files = Object.entries(programs).map(
    async ([name, source]): Promise<CpioEntry> => ({
      path: name,
      kind: 'file',
      mode: 0o755,
      data: await readFile(source),
    }),
  );
  const entries: CpioEntry[] = [
    ...['dev', 'etc', 'proc', 'run', 'sys', 'tmp'].map((folder): CpioEntry => ({ path: folder, kind: 'folder' })),
    { path: 'dev/console', kind: 'device', major: 5, minor: 1 },
    ...(await applets(programs['bin/busybox'] ?? '')),
    ...(await Promise.all(files)),
    ...(await moduleEntries(modulesFor(parts.kernel, parts.modules))),
  ];
  return writeCpio(entries, 0);
}

/** busybox and lab-agent, both static. */
async function labPrograms(supplies: LabSupplies): Promise<Record<string, string>> {
  const wanted = await supplies.apt.exact(['busybox-static']);
  const [busybox] = await unpackPackages(supplies.cacheFolder, supplies.apt, wanted);
  const { folder } = await compileNative(supplies.cache, supplies.image, native);
  return {
    'bin/busybox': path.join(busybox?.folder ?? '', 'bin/busybox'),
    'bin/lab-agent': path.join(folder, 'lab-agent'),
  };
}

/** Debian's busybox finds its programs by name only: each needs a link. */
async function applets(busybox: string): Promise<CpioEntry[]> {
  const names = (await run(busybox, ['--list'])).stdout.split('\n').filter((name) => name !== '' && name !== 'busybox');
  return [
    ...names.map((name): CpioEntry => ({ path: `bin/${name}`, kind: 'link', target: 'busybox' })),
    { path: 'sbin/modprobe', kind: 'link', target: '../bin/busybox' },
  ];
}
