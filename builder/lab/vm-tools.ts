import path from 'node:path';
import { type OpenToolsOptions, openTools } from '../host/open-tools.ts';
import type { Tools } from '../host/tool-tree.ts';
import type { VmTools } from './types.ts';

/** Where QEMU looks for the ROMs of its machines and cards. */
const ROM_FOLDERS = ['usr/share/seabios', 'usr/share/qemu', 'usr/lib/ipxe/qemu'];

/** QEMU of an unpacked tool tree: it must be told where everything is that it would look for in /usr. */
export function vmToolsOf(tools: Tools): VmTools {
  const command = tools.command('qemu-system-x86_64');
  const roms = ROM_FOLDERS.flatMap((folder) => ['-L', path.join(tools.root, folder)]);
  const modules = path.join(tools.root, 'usr/lib/x86_64-linux-gnu/qemu');
  return {
    qemu: { file: command.file, args: [...command.args, ...roms], env: { QEMU_MODULE_DIR: modules } },
    path: (inPackage) => tools.path(inPackage),
  };
}

/** QEMU and its firmware, unpacked into the cache on first use. */
export async function openVmTools(options: OpenToolsOptions): Promise<VmTools> {
  return vmToolsOf(await openTools('vm', options));
}
