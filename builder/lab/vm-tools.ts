import { existsSync } from 'node:fs';
import { PlumpError } from '#runtime/base/errors.ts';
import type { VmTools } from './types.ts';

/** QEMU as installed on this machine. */
export function installedVmTools(): VmTools {
  const file = '/usr/bin/qemu-system-x86_64';
  if (!existsSync(file)) throw new PlumpError('PLUMP_TOOL', `no QEMU: ${file} is missing`);
  return { qemu: { file, args: [] }, path: (inPackage) => `/${inPackage}` };
}
