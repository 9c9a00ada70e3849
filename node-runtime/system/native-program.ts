import { existsSync } from 'node:fs';

/** Where a C program of ours lies: beside the agent on a node, in `bin` of the self-contained tree on a head. */
function nativeProgram(name: string): string {
  const onHead = `/usr/lib/plumpos/bin/${name}`;
  return existsSync(onHead) ? onHead : `/usr/lib/plumpos/${name}`;
}

export const SHIM = nativeProgram('shim');
export const EXPORTER = nativeProgram('exporter');
export const CALIBRATE = nativeProgram('calibrate');
