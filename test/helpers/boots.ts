import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { cacheFolder } from '#builder/cache/cache-folder.ts';
import { openTools } from '#builder/host/open-tools.ts';
import { bootImage, type Boot } from '#builder/lab/boot-image.ts';
import type { BootRequest } from '#builder/lab/boot-request.ts';
import { chooseAccelerator } from '#builder/lab/kvm-probe.ts';
import { vmToolsOf } from '#builder/lab/vm-tools.ts';
import type { NodeView } from '#runtime/model/member.ts';
import { makePcDisk, type PcDisk, writesTo } from './pc-disk.ts';

const root = path.resolve(import.meta.dirname, '../..');
/** Where the image under test lies: what `./plumpos build` made. */
export const finalFolder = process.env['PLUMPOS_FINAL'] ?? path.join(root, 'final');

const options = { env: process.env, notice: () => {} };
const MOST_AT_ONCE = 2;
let running = 0;
const waiting: (() => void)[] = [];

/** No more virtual machines at once than a small machine has CPUs: more only makes all of them late. */
export async function turn(): Promise<Disposable> {
  if (running >= MOST_AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  running++;
  const done = () => {
    running--;
    waiting.shift()?.();
  };
  return { [Symbol.dispose]: done };
}

/** A boot with the disk of somebody's PC beside it. */
export interface BootUnderTest {
  readonly boot: Boot;
  readonly disk: PcDisk;
  /** Runs a shell command on the node; fails the test when it fails. */
  sh(command: string): Promise<string>;
  nodes(): Promise<readonly NodeView[]>;
}

/**
 * Boots the image under test, runs `check`, and proves that the PC's disk was neither written nor flushed. A failure
 * prints the phase reached and the last lines of the console.
 */
export async function withBoot(
  t: ExecutionContext,
  wish: Partial<BootRequest>,
  check: (under: BootUnderTest) => Promise<void>,
): Promise<void> {
  using _turn = await turn();
  const tools = await openTools('vm', options);
  const vmTools = vmToolsOf(tools);
  await using disk = await makePcDisk(tools);
  const before = await disk.hash();
  const request: BootRequest = { ...DEFAULTS, accel: await accelerator(), disks: [driveOf(disk)], ...wish };
  await using boot = await bootImage(request, vmTools, () => {});
  try {
    await check({ boot, disk, sh: shellOf(boot), nodes: nodesOf(boot) });
    if (alive(boot)) t.deepEqual(await writesTo(boot.vm.qmp, 'pcdisk'), [0, 0], 'the disk was written to');
  } catch (error) {
    t.log(`${JSON.stringify(wish)} got as far as '${boot.watch.phase}' (${JSON.stringify(boot.watch.reached)})`);
    for (const line of boot.vm.console.lines) t.log(line);
    throw error;
  } finally {
    await boot[Symbol.asyncDispose]();
    t.is(await disk.hash(), before, 'the disk has changed');
  }
}

const DEFAULTS = {
  iso: path.join(finalFolder, 'plumpos.iso'),
  pxe: path.join(finalFolder, 'pxe'),
  firmware: 'bios',
  medium: 'cd',
  memoryMB: 512,
  nics: 1,
  nicModel: 'virtio-net-pci',
  cpu: undefined,
  noDhcp: false,
  append: '',
  timeLimitSeconds: 400,
} as const;

/** A PC's own controller, so that the disk is found by the driver that finds the CD. */
function driveOf(disk: PcDisk) {
  return { kind: 'disk', id: 'pcdisk', file: disk.file, readonly: false } as const;
}

async function accelerator(): Promise<'tcg' | 'kvm'> {
  return chooseAccelerator(vmToolsOf(await openTools('vm', options)), cacheFolder(process.env), process.env);
}

function alive(boot: Boot): boolean {
  return boot.vm.ended === undefined;
}

function shellOf(boot: Boot): (command: string) => Promise<string> {
  return async (command) => {
    const { status, stdout, stderr } = await boot.vm.channel.exec(['sh', '-c', command], { timeoutMs: 240_000 });
    if (status !== 0) throw new Error(`'${command}' on the node ended with ${status}: ${stdout}${stderr}`);
    return stdout.toString().trim();
  };
}

function nodesOf(boot: Boot): () => Promise<readonly NodeView[]> {
  const sh = shellOf(boot);
  return async () => JSON.parse(await sh('plumpos nodes --json')) as readonly NodeView[];
}
