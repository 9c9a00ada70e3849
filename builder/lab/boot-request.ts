import { PlumpError } from '#runtime/base/errors.ts';
import { LEAST_RAM_MB } from '#runtime/model/manifest.ts';
import type { Drive, Firmware, InitrdPart, Nic, VmSpec } from './types.ts';

/** How an image reaches a virtual PC. `kernel`: handed over by QEMU, without any loader. */
export type Medium = 'cd' | 'usb' | 'pxe' | 'kernel';

/** What `plumpos boot` is asked for. */
export interface BootRequest {
  readonly iso: string;
  /** TFTP root that was built with the image; used by `pxe` and `kernel` only. */
  readonly pxe: string;
  readonly firmware: Firmware;
  readonly medium: Medium;
  readonly memoryMB: number;
  readonly nics: number;
  readonly nicModel: string;
  readonly cpu: string | undefined;
  readonly noDhcp: boolean;
  /** Name of the kernel to start; the first of the menu unless given. */
  readonly kernel?: string | undefined;
  /** Kernel arguments beside the image's own. */
  readonly append: string;
  readonly accel: 'tcg' | 'kvm';
  /** Further disks of the PC. */
  readonly disks?: readonly Drive[];
  readonly timeLimitSeconds: number;
}

/** What a network boot is served. */
export interface ServedFiles {
  /** Folder that answers TFTP. */
  readonly root: string;
}

/** A kernel with its initrds and all its arguments, for the medium `kernel`. */
export interface KernelFiles {
  readonly vmlinuz: string;
  readonly initrds: readonly InitrdPart[];
  readonly append: string;
}

const usage = (message: string, hint: string) => new PlumpError('PLUMP_USAGE', message, { hint });

/** @throws PlumpError PLUMP_USAGE for a combination that cannot work. */
export function checkBootRequest(request: BootRequest): void {
  const { firmware, medium, append, noDhcp } = request;
  const fromDisc = medium === 'cd' || medium === 'usb';
  if (request.kernel !== undefined && firmware !== 'bios' && fromDisc)
    throw usage(`--kernel cannot be typed at GRUB's menu (--firmware ${firmware}, --medium ${medium})`, WHERE_APPEND);
  if (append !== '' && firmware !== 'bios' && fromDisc)
    throw usage(`--append cannot be typed at GRUB's menu (--firmware ${firmware}, --medium ${medium})`, WHERE_APPEND);
  if (append !== '' && /[^\x20-\x7e]/.test(append)) throw usage('--append takes plain ASCII only', WHERE_APPEND);
  if (noDhcp && medium === 'pxe')
    throw usage('a network boot needs DHCP: --no-dhcp and --medium pxe exclude each other', 'choose another medium');
  if (firmware === 'secureboot' && medium === 'kernel')
    throw usage(
      'with Secure Boot the firmware starts signed loaders only: --medium kernel has none',
      'choose --medium cd',
    );
  const least = medium === 'kernel' ? UEFI_LEAST_MB : LEAST_RAM_MB.uefi;
  if (firmware !== 'bios' && request.memoryMB < least)
    throw usage(
      `with ${request.memoryMB} MB the virtual PC does not get past its UEFI firmware and menu`,
      `give it ${least} or more`,
    );
  if (medium === 'pxe' && request.nics < 1) throw usage('a network boot needs a network card', 'give --nics 1 or more');
}

/** Of OVMF (evidence f1 §2): below, the screen stays black. */
const UEFI_LEAST_MB = 112;
const WHERE_APPEND = 'it works with --firmware bios, with --medium pxe and with --medium kernel';

/** The virtual PC for a request. Pure. */
export function bootSpec(request: BootRequest, files: Partial<ServedFiles> & { kernel?: KernelFiles }): VmSpec {
  const disc: Drive = {
    kind: request.medium === 'usb' ? 'usb' : 'cdrom',
    file: request.iso,
    readonly: true,
    bootIndex: 0,
  };
  const fromDisc = request.medium === 'cd' || request.medium === 'usb';
  return {
    name: 'plumpos-boot',
    memoryMB: request.memoryMB,
    firmware: request.firmware,
    cpu: request.cpu,
    accel: request.accel,
    drives: [...(fromDisc ? [disc] : []), ...(request.disks ?? [])],
    nics: Array.from({ length: request.nics }, (_, index) => bootNic(request, index, files.root)),
    timeLimitSeconds: request.timeLimitSeconds,
    ...(files.kernel === undefined ? {} : { kernel: files.kernel }),
  };
}

/** Each NIC is on a network of its own, as in a room with several segments. */
function bootNic(request: BootRequest, index: number, tftp: string | undefined): Nic {
  const card = { mac: `52:54:00:77:00:${(index + 1).toString(16).padStart(2, '0')}`, model: request.nicModel };
  if (request.noDhcp) return { ...card, kind: 'lonely' };
  const nic = { ...card, kind: 'user', network: `10.77.${index}.0/24` } as const;
  if (request.medium !== 'pxe' || index > 0 || tftp === undefined) return nic;
  // The firmware of a UEFI PC knows virtio itself; the ROM would only take the boot over.
  const rom = request.firmware === 'bios' || !request.nicModel.startsWith('virtio');
  return { ...nic, tftp, bootFile: BOOT_FILES[request.firmware], bootIndex: 0, rom };
}

const BOOT_FILES = { bios: 'plumpos.ipxe', uefi: 'grubx64.efi', secureboot: 'shimx64.efi' } as const;
