import { readFileSync } from 'node:fs';
import path from 'node:path';
import { openTools } from '#builder/host/open-tools.ts';
import { bootImage, joinArgument } from '#builder/lab/boot-image.ts';
import type { BootRequest } from '#builder/lab/boot-request.ts';
import type { Vm, VmTools } from '#builder/lab/types.ts';
import { vmToolsOf } from '#builder/lab/vm-tools.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const LONGEST_SECONDS = 600;

/** How long a virtual PC took: on the clock, and in CPU time of the host, which other programs on it disturb less. */
export interface Took {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** QEMU as every measurement uses it. */
export async function benchTools(signal: AbortSignal): Promise<VmTools> {
  return vmToolsOf(await openTools('vm', { env: process.env, signal, notice: (text) => console.error(text) }));
}

/**
 * Boots the image that `./plumpos build` made until it has joined.
 * @param cpuLimit seconds of CPU time it may take: on a busy host the clock says little
 * @throws PlumpError when it does not join
 */
export async function joinTime(tools: VmTools, wish: Partial<BootRequest>, cpuLimit = LONGEST_SECONDS): Promise<Took> {
  await using boot = await bootImage(await requestOf(wish), tools, () => {});
  const late = new AbortController();
  const look = () => took(boot.vm).cpuSeconds > cpuLimit && late.abort(new Error('too much CPU time'));
  const timer = setInterval(look, 1000);
  try {
    await boot.watch.until('joined', AbortSignal.any([late.signal, AbortSignal.timeout(LONGEST_SECONDS * 1000)]));
    return took(boot.vm);
  } finally {
    clearInterval(timer);
  }
}

/** A boot of the image with what is measured on every path alike. */
export async function requestOf(wish: Partial<BootRequest>): Promise<BootRequest> {
  const medium = wish.medium ?? 'cd';
  const fromNetwork = medium === 'pxe' || medium === 'kernel';
  return {
    iso: path.join(root, 'final/plumpos.iso'),
    pxe: path.join(root, 'final/pxe'),
    firmware: 'bios',
    medium,
    memoryMB: 512,
    nics: 1,
    nicModel: 'virtio-net-pci',
    cpu: undefined,
    noDhcp: false,
    append: fromNetwork ? await joinArgument(path.join(root, 'cluster.key')) : '',
    accel: 'tcg',
    timeLimitSeconds: LONGEST_SECONDS + 60,
    ...wish,
  };
}

/** Since power-on. */
export function took(vm: Vm): Took {
  const stat = readFileSync(`/proc/${vm.pid}/stat`, 'latin1');
  // proc(5): utime and stime are fields 14 and 15, in ticks of 10 ms.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return { seconds: (performance.now() - vm.poweredOn) / 1000, cpuSeconds: ticks / 100 };
}
