import type { Drive, Nic } from './types.ts';

/** Properties of one object QEMU makes, in the form its JSON options and QMP take. */
export type Properties = Readonly<Record<string, unknown>>;

/** What one device adds to a machine: its back end and the devices the guest sees. */
export interface DeviceParts {
  readonly blockdev?: Properties;
  readonly netdev?: Properties;
  readonly devices: readonly Properties[];
}

/** Chipset: `pc` has IDE, `q35` AHCI. */
export type Chipset = 'pc' | 'q35';

/** Command-line words of one device. */
export function deviceWords(parts: DeviceParts): string[] {
  return [
    ...(parts.blockdev ? ['-blockdev', JSON.stringify(parts.blockdev)] : []),
    ...(parts.netdev ? ['-netdev', JSON.stringify(parts.netdev)] : []),
    ...parts.devices.flatMap((device) => ['-device', JSON.stringify(device)]),
  ];
}

/** A drive: its image as a block node `blk-ID`, and the device in front of it. */
export function driveParts(drive: Drive, index: number, chipset: Chipset): DeviceParts {
  const id = drive.id ?? `${drive.kind}${index}`;
  const blockdev = {
    driver: 'raw',
    'node-name': `blk-${id}`,
    'read-only': drive.readonly,
    file: { driver: 'file', filename: drive.file, 'read-only': drive.readonly },
  };
  const front = { id, drive: `blk-${id}`, ...(drive.bootIndex === undefined ? {} : { bootindex: drive.bootIndex }) };
  return { blockdev, devices: [{ ...driveFront(drive, index, chipset), ...front }] };
}

/** The CD has the second IDE channel for itself: it is where a PC has it, and disks do not slow its probing. */
function driveFront(drive: Drive, index: number, chipset: Chipset): Properties {
  if (drive.kind === 'usb') return { driver: 'usb-storage', bus: 'xhci.0', removable: true };
  if (drive.kind === 'disk' && drive.bus === 'virtio') return { driver: 'virtio-blk-pci' };
  const driver = drive.kind === 'cdrom' ? 'ide-cd' : 'ide-hd';
  if (chipset === 'q35') return { driver, bus: `ide.${index}` };
  return drive.kind === 'cdrom' ? { driver, bus: 'ide.1', unit: 0 } : { driver, bus: 'ide.0', unit: index % 2 };
}

/**
 * A NIC: back end `net-ID` and the card. These properties also fit QMP `netdev_add` and `device_add`, for plugging
 * one into a running VM. Only a card to boot from gets its ROM: the others would cost seconds at power-on.
 */
export function nicParts(nic: Nic, index: number): DeviceParts & { readonly netdev: Properties } {
  const id = nic.id ?? `nic${index}`;
  const card = {
    driver: nic.model ?? 'virtio-net-pci',
    id,
    netdev: `net-${id}`,
    mac: nic.mac,
    ...(nic.bootIndex === undefined ? {} : { bootindex: nic.bootIndex }),
    ...((nic.rom ?? nic.bootIndex !== undefined) ? {} : { romfile: '' }),
  };
  return { netdev: { id: `net-${id}`, ...netdevProperties(nic, index) }, devices: [card] };
}

function netdevProperties(nic: Nic, index: number): Properties {
  if (nic.kind === 'switch') return { type: 'stream', server: false, addr: { type: 'unix', path: nic.socket } };
  if (nic.kind === 'lonely') return { type: 'hubport', hubid: index };
  return {
    type: 'user',
    net: nic.network,
    ...(nic.tftp === undefined ? {} : { tftp: nic.tftp }),
    ...(nic.bootFile === undefined ? {} : { bootfile: nic.bootFile }),
  };
}
