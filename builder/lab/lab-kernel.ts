import { readdirSync } from 'node:fs';
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PlumpError } from '#runtime/base/errors.ts';
import { moduleClosure, type ModuleIndex, readModuleIndex } from '../formats/modules-files.ts';
import { readText } from '../host/depmod.ts';
import { chooseModules } from '../plan/module-choice.ts';
import { chosenModules, type ModuleFile } from '../steps/pack-modules.ts';
import { prepareKernel } from '../steps/prepare-kernels.ts';
import { type LabSupplies, resolveOnce } from './supplies.ts';

/** The distribution's kernel, with the modules a virtual PC can use: it runs the head and the room's DHCP server. */
export interface LabKernel {
  readonly vmlinuz: string;
  readonly release: string;
  /** Folder that holds lib/modules/RELEASE. */
  readonly root: string;
  readonly index: ModuleIndex;
  /** Changes with everything it is made of. */
  readonly identity: string;
}

/** A PC without graphics, sound, radio and the cards of old: 60 MB of modules instead of 400. */
const PATTERNS = [
  'kernel/arch/',
  'kernel/block/',
  'kernel/crypto/',
  'kernel/fs/',
  'kernel/lib/',
  'kernel/net/',
  'kernel/drivers/ata/',
  'kernel/drivers/block/',
  'kernel/drivers/char/',
  'kernel/drivers/input/evdev.ko',
  'kernel/drivers/acpi/',
  'kernel/drivers/cdrom/',
  'kernel/drivers/firmware/',
  'kernel/drivers/net/*.ko',
  'kernel/drivers/net/wireguard/',
  'kernel/drivers/net/ethernet/intel/e1000/',
  'kernel/drivers/net/ethernet/realtek/',
  'kernel/drivers/scsi/s*_mod.ko',
  'kernel/drivers/virtio/',
];
const NEVER = ['kernel/fs/ocfs2/', 'kernel/fs/xfs/', 'kernel/fs/gfs2/', 'kernel/net/mac80211/'];

/** The stock kernel of the suite, from the cache or fetched. */
export async function labKernel(supplies: LabSupplies): Promise<LabKernel> {
  const deb = (await resolveOnce(supplies, ['linux-image-amd64'])).find((one) => /^linux-image-\d/.test(one.name));
  if (deb === undefined) throw new PlumpError('PLUMP_FETCH', 'the Debian archive has no kernel package');
  const inputs = { deb: deb.hash, patterns: PATTERNS, never: NEVER, recipe: 1 };
  const { folder } = await supplies.cache.result('lab-kernel', inputs, async (out) => {
    const [file = ''] = await supplies.apt.fetch([deb]);
    const scratch = path.join(out, '.scratch');
    const kernel = await prepareKernel(supplies.image, { form: 'deb', path: file }, scratch);
    const choice = chooseModules(kernel.modules?.index ?? NONE, { medium: [], node: PATTERNS, never: NEVER }, false);
    await chosenModules(supplies.image, kernel, choice.node, out);
    await copyFile(kernel.image, path.join(out, 'vmlinuz'));
    await writeFile(path.join(out, 'release'), kernel.release);
    await rm(scratch, { recursive: true });
  });
  const release = await readFile(path.join(folder, 'release'), 'utf8');
  const read = (name: string) => readText(path.join(folder, 'lib/modules', release, name));
  const index = readModuleIndex({
    dep: read('modules.dep'),
    softdep: read('modules.softdep'),
    builtin: read('modules.builtin'),
  });
  return { vmlinuz: path.join(folder, 'vmlinuz'), release, root: folder, index, identity: path.basename(folder) };
}

const NONE: ModuleIndex = { paths: new Map(), needs: new Map(), soft: new Map(), builtin: new Set() };

/** Some modules, with all they need, and the index as busybox reads it: for an initrd. */
export function modulesFor(kernel: LabKernel, names: readonly string[]): ModuleFile[] {
  const chosen = [...moduleClosure(kernel.index, names)].map((name) => kernel.index.paths.get(name) ?? '');
  return moduleFiles(kernel, [...chosen, 'modules.dep', 'modules.alias', 'modules.softdep', 'modules.builtin']);
}

/** All modules and every index: kmod, unlike busybox, reads the binary ones only. */
export function allModules(kernel: LabKernel): ModuleFile[] {
  const indexes = readdirSync(path.join(kernel.root, 'lib/modules', kernel.release)).filter((name) =>
    name.startsWith('modules.'),
  );
  return moduleFiles(kernel, [...kernel.index.paths.values(), ...indexes.toSorted()]);
}

function moduleFiles(kernel: LabKernel, files: readonly string[]): ModuleFile[] {
  const base = path.join('lib/modules', kernel.release);
  return files.map((file) => ({ path: path.join(base, file), source: path.join(kernel.root, base, file) }));
}
