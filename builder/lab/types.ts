import type { Channel } from './channel.ts';
import type { ConsoleTail } from './console-tail.ts';
import type { Qmp } from './qmp.ts';

/** What a virtual PC starts from. `secureboot`: UEFI that runs only what Microsoft's keys signed. */
export type Firmware = 'bios' | 'uefi' | 'secureboot';

/** A medium or disk of a virtual PC. */
export interface Drive {
  readonly kind: 'cdrom' | 'usb' | 'disk';
  /** Raw image. */
  readonly file: string;
  readonly readonly: boolean;
  /** Name of the device in QMP; by default the kind and its position, e.g. `cdrom0`. */
  readonly id?: string;
  /** `disk` only: the controller; a PC's own (IDE or AHCI) unless said otherwise. */
  readonly bus?: 'ata' | 'virtio';
  /** The firmware tries the lowest first. */
  readonly bootIndex?: number;
}

interface NicBase {
  /** Name of the device in QMP; by default `nic` and its position. Its netdev is called `net-ID`. */
  readonly id?: string;
  readonly mac: string;
  /** QEMU's device name, e.g. e1000; virtio-net-pci by default. */
  readonly model?: string;
  /** Set: the firmware may boot from it. */
  readonly bootIndex?: number;
  /** Give it its boot ROM (iPXE); by default only a card to boot from has one. */
  readonly rom?: boolean;
}

/** A NIC on a switch of the lab: a unix socket that speaks length-prefixed Ethernet frames. */
export interface SwitchNic extends NicBase {
  readonly kind: 'switch';
  readonly socket: string;
}

/** A NIC on QEMU's own user-mode network, with its DHCP server and, if `tftp` is given, its TFTP server. */
export interface UserNic extends NicBase {
  readonly kind: 'user';
  /** Network in CIDR form, e.g. 10.0.2.0/24. */
  readonly network: string;
  /** Folder served by TFTP. */
  readonly tftp?: string;
  /** File the DHCP server names for network boot. */
  readonly bootFile?: string;
}

/** A NIC with a link and nobody else on the wire. */
export interface LonelyNic extends NicBase {
  readonly kind: 'lonely';
}

export type Nic = SwitchNic | UserNic | LonelyNic;

/** A file, or the bytes themselves, which then no file system holds by a name. */
export type InitrdPart = string | Uint8Array;

/** Kernel and initrds handed over by QEMU itself, without firmware's help. */
export interface DirectKernel {
  readonly vmlinuz: string;
  /** Joined in this order. */
  readonly initrds: readonly InitrdPart[];
  readonly append: string;
}

/** A folder of this machine that the guest can mount read-only (9p over virtio), by its tag. */
export interface Share {
  readonly tag: string;
  readonly folder: string;
}

/** A virtual PC as data. The same spec gives the same machine. */
export interface VmSpec {
  readonly name: string;
  readonly memoryMB: number;
  readonly firmware: Firmware;
  /** QEMU's CPU model; qemu64 by default, the oldest that everything must run on. */
  readonly cpu?: string | undefined;
  /** How many of them; one by default. */
  readonly cpus?: number | undefined;
  /** tcg by default; kvm only after a probe said so (kvm-probe.ts). */
  readonly accel?: 'tcg' | 'kvm';
  readonly drives: readonly Drive[];
  readonly nics: readonly Nic[];
  readonly shares?: readonly Share[];
  readonly kernel?: DirectKernel;
  /** A guest that reboots ends the VM (so that a panic cannot loop); true by default. */
  readonly noReboot?: boolean;
  /** The VM is killed after this time, whatever happens. */
  readonly timeLimitSeconds: number;
}

/** How a VM ended. */
export interface VmExit {
  /** Exit status of QEMU, null when it was killed. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last lines QEMU wrote to its standard error. */
  readonly stderr: string;
}

/** A running virtual PC. Disposing it kills it at once (the power cord). */
export interface Vm extends AsyncDisposable {
  readonly spec: VmSpec;
  /** Of QEMU itself: SIGSTOP and SIGCONT may be sent to it. */
  readonly pid: number;
  readonly qmp: Qmp;
  /** The serial port. */
  readonly console: ConsoleTail;
  /** To lab-agent in the guest. */
  readonly channel: Channel;
  /** Resolves when the VM ended, for whatever reason. */
  readonly exited: Promise<VmExit>;
  /** How it ended, once it has. */
  readonly ended: VmExit | undefined;
  /** performance.now() at power-on. */
  readonly poweredOn: number;
  /** Command line of QEMU, for replay by hand. */
  readonly command: readonly string[];
}

/** Where QEMU and its firmware files are. */
export interface VmTools {
  /** Program and leading arguments that start QEMU, and what it needs in its environment. */
  readonly qemu: {
    readonly file: string;
    readonly args: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
  };
  /** Absolute path of a file of the tools' packages, e.g. `usr/share/OVMF/OVMF_CODE_4M.fd`. */
  path(inPackage: string): string;
}
