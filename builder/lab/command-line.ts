import { deviceWords, type Chipset, driveParts, nicParts } from './devices.ts';
import type { Share, VmSpec, VmTools } from './types.ts';

/** File descriptors of QEMU beside its standard ones: sockets to its owner, and files of its own without a name. */
export const FD = { qmp: 3, channel: 4, variables: 5, initrd: 6 } as const;

const fdPath = (fd: number) => `/proc/self/fd/${fd}`;

/** Words for QEMU that make the machine of a spec. Pure. */
export function commandLine(spec: VmSpec, tools: Pick<VmTools, 'path'>): string[] {
  const chipset: Chipset = spec.firmware === 'bios' ? 'pc' : 'q35';
  return [
    ...basics(spec),
    ...firmwareWords(spec, tools),
    ...sockets(),
    ...(spec.drives.some((drive) => drive.kind === 'usb') ? ['-device', 'qemu-xhci,id=xhci'] : []),
    ...spec.drives.flatMap((drive, index) => deviceWords(driveParts(drive, index, chipset))),
    ...spec.nics.flatMap((nic, index) => deviceWords(nicParts(nic, index))),
    ...(spec.shares ?? []).flatMap(shareWords),
    ...kernelWords(spec),
  ];
}

const words = (...all: string[]) => all;

/** `-nodefaults`: nothing that the spec does not name, but a screen, a keyboard and one serial port. */
function basics(spec: VmSpec): string[] {
  return [
    ...words('-name', spec.name, '-nodefaults', '-no-user-config', '-display', 'none', '-device', 'VGA'),
    // Translated code of V8 is large: with 64 MB it was translated over and over, and a move took ten times as long.
    ...words('-accel', spec.accel === 'kvm' ? 'kvm' : 'tcg,thread=multi,tb-size=512'),
    ...words(
      '-m',
      String(spec.memoryMB),
      '-cpu',
      spec.cpu ?? 'qemu64',
      '-smp',
      String(spec.cpus ?? 1),
      '-rtc',
      'base=utc',
    ),
    ...words('-device', 'vmgenid,guid=auto'),
    ...(spec.noReboot === false ? [] : ['-no-reboot']),
  ];
}

/** QEMU reads no JSON here: a comma of a path is written twice. */
function shareWords({ tag, folder }: Share): string[] {
  const path = folder.replaceAll(',', ',,');
  return [
    ...words('-fsdev', `local,id=fs-${tag},path=${path},security_model=none,readonly=on`),
    ...words('-device', `virtio-9p-pci,fsdev=fs-${tag},mount_tag=${tag}`),
  ];
}

function sockets(): string[] {
  return [
    ...words('-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console'),
    ...words('-chardev', `socket,id=qmp,fd=${FD.qmp}`, '-mon', 'chardev=qmp,mode=control'),
    ...words('-chardev', `socket,id=lab,fd=${FD.channel}`, '-device', 'virtio-serial-pci,id=serial0'),
    ...words('-device', 'virtserialport,bus=serial0.0,chardev=lab,name=plumpos.lab'),
  ];
}

/** Files of Debian's package ovmf. */
export const OVMF = {
  uefi: { code: 'usr/share/OVMF/OVMF_CODE_4M.fd', variables: 'usr/share/OVMF/OVMF_VARS_4M.fd' },
  secureboot: { code: 'usr/share/OVMF/OVMF_CODE_4M.secboot.fd', variables: 'usr/share/OVMF/OVMF_VARS_4M.ms.fd' },
} as const;

/** Secure Boot needs SMM, or the guest could rewrite the variables that hold the keys. */
function firmwareWords(spec: VmSpec, tools: Pick<VmTools, 'path'>): string[] {
  if (spec.firmware === 'bios') return ['-machine', 'pc'];
  const flash = (node: string, filename: string, readonly: boolean) => [
    '-blockdev',
    JSON.stringify({ driver: 'file', 'node-name': node, filename, 'read-only': readonly }),
  ];
  const secure = spec.firmware === 'secureboot';
  return [
    ...flash('code', tools.path(OVMF[spec.firmware].code), true),
    ...flash('variables', fdPath(FD.variables), false),
    ...words('-machine', `q35,pflash0=code,pflash1=variables${secure ? ',smm=on' : ''}`),
    ...(secure ? ['-global', 'driver=cfi.pflash01,property=secure,value=on'] : []),
  ];
}

/** QEMU takes one initrd: the owner has joined several. */
function kernelWords(spec: VmSpec): string[] {
  if (spec.kernel === undefined) return [];
  const initrd = spec.kernel.initrds.length === 0 ? [] : words('-initrd', fdPath(FD.initrd));
  return [...words('-kernel', spec.kernel.vmlinuz, '-append', spec.kernel.append), ...initrd];
}

/** A command line as an error may show it: a join code among the kernel's arguments is nobody's business. */
export function shownCommand(command: readonly string[]): string {
  return command.join(' ').replaceAll(/(plumpos\.join=)\S+/g, '$1…');
}
