import { PlumpError } from '#runtime/base/errors.ts';
import { LEAST_RAM_MB } from '#runtime/model/manifest.ts';
import type { HeadImage } from '../head/head-image.ts';
import { MASKED_UNITS } from '../head/packages.ts';
import type { Medium } from '../boot-request.ts';
import { kernelFiles } from '../pxe-root.ts';
import type { DirectKernel, Drive, Firmware, SwitchNic, VmSpec } from '../types.ts';
import type { RoomImage } from './room-image.ts';
import type { Seat } from './seats.ts';

/** What all machines of a room have in common, and what each may have of its own. */
export interface MachineChoices {
  readonly image: RoomImage;
  readonly firmware: Firmware;
  readonly medium: Medium;
  /** Name of the kernel to start, the image's first without one. */
  readonly kernel?: string | undefined;
  readonly memoryMB: number;
  readonly cpu?: string | undefined;
  readonly cpus?: number | undefined;
  readonly accel: 'tcg' | 'kvm';
  /** Further kernel arguments; `kernel` medium and heads only. */
  readonly append: string;
  readonly timeLimitSeconds: number;
}

const usage = (message: string, hint: string) => new PlumpError('PLUMP_USAGE', message, { hint });

/** @throws PlumpError PLUMP_USAGE for choices that cannot work together. */
export function checkChoices({
  firmware,
  medium,
  kernel,
  append,
}: Pick<MachineChoices, 'firmware' | 'medium' | 'kernel' | 'append'>): void {
  if (medium === 'kernel' && firmware === 'secureboot')
    throw usage('with Secure Boot the firmware starts signed loaders only', 'choose --medium cd');
  if (kernel !== undefined && medium !== 'kernel')
    throw usage(
      `--kernel ${kernel} cannot be chosen at the menu of --medium ${medium}`,
      'leave --medium out; the first kernel of the build is the default of every menu',
    );
  if (append !== '' && medium !== 'kernel')
    throw usage(`--append does not reach nodes that start from --medium ${medium}`, 'leave --medium out');
}

/** @throws PlumpError PLUMP_KEY for nodes that would wait for a join code. */
export function checkJoins({ iso, joinInIso }: RoomImage, medium: Medium): void {
  if (joinInIso || medium === 'kernel' || medium === 'pxe') return;
  throw new PlumpError(
    'PLUMP_KEY',
    `${iso} holds no cluster secret: a node that starts from it joins nobody by itself`,
    {
      hint: `choose another medium than --medium ${medium}, or build without --no-key`,
    },
  );
}

const DEFAULT_MB = { node: 256, head: 768 } as const;

/**
 * RAM in MB of a machine: what is wished for, or enough.
 * @throws PlumpError PLUMP_USAGE for a node that would not get past its firmware
 */
export function memoryOf(
  { kind, name }: Pick<Seat, 'kind' | 'name'>,
  wish: number | undefined,
  { firmware, medium }: Pick<MachineChoices, 'firmware' | 'medium'>,
): number {
  const uefi = kind === 'node' && firmware !== 'bios';
  if (wish === undefined) return uefi ? LEAST_RAM_MB.uefi : DEFAULT_MB[kind];
  if (uefi && medium !== 'kernel' && wish < LEAST_RAM_MB.uefi)
    throw usage(`${name} does not get past its UEFI firmware with ${wish} MB`, `give it ${LEAST_RAM_MB.uefi} or more`);
  return wish;
}

/**
 * The cycle counter is the host's, measured by the guest against emulated clocks: on a busy host that came out wrong by a
 * factor of four, and with it every second of the guest. The HPET is slower to read, and right.
 */
const CLOCK = 'tsc=unstable';

/** A node as a virtual PC. Pure but for reading which kernels there are. */
export function nodeSpec(seat: Seat, nics: readonly SwitchNic[], choices: MachineChoices): VmSpec {
  const { image, firmware, medium, memoryMB, cpu, cpus, accel, timeLimitSeconds } = choices;
  const base = { name: seat.name, memoryMB, firmware, cpu: cpu ?? 'qemu64', cpus, accel, timeLimitSeconds };
  if (medium === 'kernel') {
    const append = [`plumpos.join=${image.join}`, `plumpos.hostname=${seat.name}`, CLOCK, choices.append];
    const kernel = kernelFiles(image.pxe, append.join(' ').trim(), choices.kernel);
    return { ...base, drives: [], nics, kernel };
  }
  if (medium === 'pxe') return { ...base, drives: [], nics: nics.map((nic, i) => (i === 0 ? bootNic(nic) : nic)) };
  const kind = medium === 'usb' ? 'usb' : 'cdrom';
  return { ...base, drives: [{ kind, file: image.iso, readonly: true, bootIndex: 0 }], nics };
}

function bootNic(nic: SwitchNic): SwitchNic {
  return { ...nic, bootIndex: 0 };
}

const HEAD_ARGS = `console=ttyS0 quiet net.ifnames=0 random.trust_cpu=on panic=10 systemd.show_status=false ${CLOCK}`;

/** A head as a virtual PC: Debian's layers, and the programs of a head as its fourth disk. */
export function headSpec(seat: Seat, nics: readonly SwitchNic[], debian: HeadImage, choices: MachineChoices): VmSpec {
  const { image, memoryMB, cpu, cpus, accel, timeLimitSeconds } = choices;
  return {
    name: seat.name,
    memoryMB,
    firmware: 'bios',
    cpu: cpu ?? 'qemu64',
    cpus,
    accel,
    drives: [...debian.layers, image.head].map(disk),
    nics,
    kernel: debianKernel(debian, seat.name),
    timeLimitSeconds,
  };
}

/** Starts the Debian of the lab, which has its layers as its first disks. */
export function debianKernel({ vmlinuz, initrd }: HeadImage, name: string): DirectKernel {
  const masks = MASKED_UNITS.map((unit) => `systemd.mask=${unit}`);
  return { vmlinuz, initrds: [initrd], append: [HEAD_ARGS, `plumpos.hostname=${name}`, ...masks].join(' ') };
}

export function disk(file: string): Drive {
  return { kind: 'disk', bus: 'virtio', file, readonly: true };
}
