import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PlumpError } from '#runtime/base/errors.ts';
import { writeCpio } from '../../formats/cpio.ts';
import { run } from '../../host/exec.ts';
import type { Tools } from '../../host/tool-tree.ts';
import { labInitrd } from '../lab-initrd.ts';
import type { LabKernel } from '../lab-kernel.ts';
import { startVm } from '../qemu.ts';
import type { LabSupplies } from '../supplies.ts';
import type { SwitchNic, Vm } from '../types.ts';

/** What the room's server needs beside what is always the same. */
export interface InfraOptions {
  readonly kernel: LabKernel;
  /** Text of dnsmasq.conf. */
  readonly dnsmasq: string;
  /** One NIC per segment, in order. */
  readonly nics: readonly SwitchNic[];
  /** squashfs with the files it serves by TFTP and HTTP. */
  readonly files?: string;
  /** Folder of the room. */
  readonly folder: string;
  readonly timeLimitSeconds: number;
}

const MODULES = ['virtio_pci', 'virtio_console', 'virtio_net', 'virtio_blk', 'af_packet', 'squashfs'];
const READY_MS = 120_000;

/** Starts the room's DHCP, TFTP and HTTP server: a virtual PC of its own, because those ports belong to root. */
export async function startInfra(supplies: LabSupplies, options: InfraOptions): Promise<Vm> {
  const initrd = await infraInitrd(supplies, options.kernel);
  const settings = path.join(options.folder, 'infra.cpio');
  const config = Buffer.from(options.dnsmasq);
  await writeFile(settings, writeCpio([{ path: 'etc/dnsmasq.conf', kind: 'file', data: config }], 0));
  await using stack = new AsyncDisposableStack();
  const vm = stack.use(
    await startVm(
      {
        name: 'plumpos-room',
        memoryMB: 128,
        firmware: 'bios',
        accel: supplies.accel,
        drives: options.files === undefined ? [] : [filesDrive(options.files)],
        nics: options.nics,
        kernel: {
          vmlinuz: options.kernel.vmlinuz,
          initrds: [initrd, settings],
          append: 'console=ttyS0 quiet net.ifnames=0 random.trust_cpu=on panic=-1',
        },
        timeLimitSeconds: options.timeLimitSeconds,
      },
      supplies.qemu,
    ),
  );
  await untilServing(vm, supplies.signal);
  stack.move();
  return vm;
}

function filesDrive(file: string) {
  return { kind: 'disk', bus: 'virtio', file, readonly: true } as const;
}

/** Its socket is there: UDP port 67, as the kernel writes it. */
const SERVES = "until grep -q ':0043 ' /proc/net/udp; do sleep 0.2; done";

async function untilServing(vm: Vm, signal: AbortSignal): Promise<void> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(READY_MS)]);
  try {
    await vm.channel.ready(limit);
    const asked = await vm.channel.exec(['sh', '-c', SERVES], {
      signal: limit,
      timeoutMs: READY_MS,
    });
    if (asked.status === 0) return;
  } catch (cause) {
    if (signal.aborted) throw cause;
    const said = vm.console.lines.slice(-10).join('\n');
    throw new PlumpError('PLUMP_LAB', `the room's DHCP server does not start:\n${said}`, { cause });
  }
}

/** Made once: nothing in it belongs to one room. */
async function infraInitrd(supplies: LabSupplies, kernel: LabKernel): Promise<string> {
  const init = path.join(import.meta.dirname, 'guest/init');
  const inputs = {
    kernel: kernel.identity,
    tools: path.basename(supplies.vm.root),
    init: await readFile(init, 'utf8'),
  };
  const { folder } = await supplies.cache.result('lab-infra', inputs, async (out) => {
    const programs = { init, ...(await withLibraries(supplies.vm, 'dnsmasq')) };
    await writeFile(path.join(out, 'initrd'), await labInitrd(supplies, { kernel, modules: MODULES, programs }));
  });
  return path.join(folder, 'initrd');
}

/** A program of the tool tree with its loader and libraries, by their usual paths; the loader itself lists them. */
async function withLibraries(tools: Tools, name: string): Promise<Record<string, string>> {
  const { file: loader, args } = tools.command(name);
  const program = args.at(-1) as string;
  const { stdout } = await run(loader, [...args.slice(0, -1), '--list', program]);
  const libraries = [...stdout.matchAll(/^\s*(\S+) => (\/\S+)/gm)].map(([, soname = '', file = '']) => [
    `lib/x86_64-linux-gnu/${soname}`,
    file,
  ]);
  return { ...Object.fromEntries(libraries), 'lib64/ld-linux-x86-64.so.2': loader, [`bin/${name}`]: program };
}
