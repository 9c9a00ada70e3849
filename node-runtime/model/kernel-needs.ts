/** What is known of a kernel when it is checked. */
export interface KernelFacts {
  /** As `uname -r` says it. */
  readonly release: string;
  /** Options of its configuration; absent when nobody knows it. */
  readonly config?: ReadonlyMap<string, string>;
  /** Names of its modules, built-in ones too; absent when it came alone. */
  readonly modules?: ReadonlySet<string>;
  /** Does it carry a signature for Secure Boot? */
  readonly signed: boolean;
}

/**
 * One option, and the module it makes where it is not built in. Without a configuration the module answers for the
 * option; an option that makes no module is then unknown.
 */
interface Option {
  readonly option: string;
  readonly module?: string;
}

/** A feature of PlumpOS and what it takes from the kernel: all of `all`, and one way out of `ways` where there are any. */
interface Need {
  readonly feature: string;
  /** An essential that is missing makes an image that does not boot: an error. Anything else is a warning. */
  readonly essential: boolean;
  readonly all: readonly Option[];
  readonly ways?: readonly (readonly Option[])[];
  /** What will not work without it, for people. */
  readonly without: string;
}

/** One line of a check. */
export interface KernelFinding {
  readonly level: 'error' | 'warning';
  readonly feature: string;
  /** Missing options, CONFIG_ and all; empty where the finding is not about options. */
  readonly missing: readonly string[];
  /** What will not work, and what is missing for it, in one line. */
  readonly text: string;
}

const o = (option: string, module?: string): Option => (module === undefined ? { option } : { option, module });

const CDROM = [o('ISO9660_FS', 'isofs'), o('BLK_DEV_SR', 'sr_mod')];
const USB = [o('USB_STORAGE', 'usb_storage'), o('BLK_DEV_SD', 'sd_mod'), o('ISO9660_FS', 'isofs')];

/** The table of DESIGN §2: feature -> options and modules -> what will not work. */
const NEEDS: readonly Need[] = [
  {
    feature: 'initrd',
    essential: true,
    all: [
      o('BLK_DEV_INITRD'),
      o('DEVTMPFS'),
      o('PROC_FS'),
      o('SYSFS'),
      o('TMPFS'),
      o('BINFMT_ELF'),
      o('BINFMT_SCRIPT'),
    ],
    without: 'the kernel cannot start anything from the initrd',
  },
  {
    feature: 'root',
    essential: true,
    all: [o('SQUASHFS', 'squashfs'), o('OVERLAY_FS', 'overlay'), o('BLK_DEV_LOOP', 'loop')],
    without: 'the root file system cannot be mounted',
  },
  {
    feature: 'medium',
    essential: true,
    all: [],
    ways: [
      [...CDROM, o('SATA_AHCI', 'ahci')],
      [...CDROM, o('ATA_PIIX', 'ata_piix')],
      [...USB, o('USB_XHCI_PCI', 'xhci_pci')],
      [...USB, o('USB_EHCI_PCI', 'ehci_pci')],
      [o('VIRTIO_BLK', 'virtio_blk'), o('ISO9660_FS', 'isofs')],
    ],
    without: 'no way is left to any medium: CD, USB stick or virtual disk',
  },
  {
    feature: 'network',
    essential: true,
    all: [o('NET'), o('INET'), o('UNIX', 'unix'), o('PACKET', 'af_packet')],
    without: 'the node cannot reach the network at all',
  },
  {
    feature: 'overlay network',
    essential: false,
    all: [o('WIREGUARD', 'wireguard'), o('NET_NS'), o('IPV6', 'ipv6')],
    without: 'the node has no encrypted overlay and stays alone',
  },
  {
    feature: 'moving jobs',
    essential: false,
    all: [
      ...['CHECKPOINT_RESTORE', 'NAMESPACES', 'PID_NS', 'IPC_NS', 'UTS_NS', 'USER_NS', 'CGROUPS', 'CGROUP_FREEZER'].map(
        (one) => o(one),
      ),
      ...['FHANDLE', 'EVENTFD', 'EPOLL', 'SYSVIPC', 'MEM_SOFT_DIRTY', 'USERFAULTFD'].map((one) => o(one)),
    ],
    without: 'jobs cannot be checkpointed or restored here, so none moves',
  },
  {
    feature: 'moving sockets',
    essential: false,
    all: [
      o('UNIX_DIAG', 'unix_diag'),
      o('INET_DIAG', 'inet_diag'),
      o('INET_TCP_DIAG', 'tcp_diag'),
      o('INET_UDP_DIAG', 'udp_diag'),
      o('INET_RAW_DIAG', 'raw_diag'),
      o('NETLINK_DIAG', 'netlink_diag'),
      o('PACKET_DIAG', 'af_packet_diag'),
    ],
    without: 'no job that has a socket open can move',
  },
  {
    feature: 'home files',
    essential: false,
    all: [o('NFS_FS', 'nfs'), o('NFS_V4', 'nfsv4'), o('NFS_V4_2')],
    without: 'jobs of other members cannot see their files here',
  },
  {
    feature: 'file server',
    essential: false,
    all: [o('NFSD', 'nfsd'), o('NFSD_V4')],
    without: 'jobs started here cannot be sent away: their files cannot be served',
  },
  {
    feature: 'job network',
    essential: false,
    all: [
      o('VETH', 'veth'),
      o('TUN', 'tun'),
      o('IPV6_TUNNEL', 'ip6_tunnel'),
      o('NF_TABLES', 'nf_tables'),
      o('NFT_CT', 'nft_ct'),
      o('NFT_CONNLIMIT', 'nft_connlimit'),
      o('NFT_NAT', 'nft_nat'),
      o('NFT_MASQ', 'nft_masq'),
    ],
    without: 'jobs have no network of their own, and the overlay no input filter',
  },
  {
    feature: 'measuring load',
    essential: false,
    all: [],
    ways: [[o('SCHEDSTATS')], [o('PSI')]],
    without: 'what waits for a CPU there is not seen, so that jobs stay on a crowded member',
  },
  {
    feature: 'power button',
    essential: false,
    all: [o('ACPI_BUTTON', 'button'), o('INPUT_EVDEV', 'evdev')],
    without: 'the power button does not shut the node down cleanly',
  },
];

/** Last kernel series the shipped CRIU was tried with; its first known failure is 6.18 (the vDSO's place). */
const CRIU = { version: '3.17.1', tried: [6, 12] } as const;

/**
 * Checks a kernel against the table. A kernel of which neither configuration nor modules are known gets one warning that
 * says so.
 */
export function checkKernel(facts: KernelFacts): KernelFinding[] {
  const findings = facts.config || facts.modules ? NEEDS.flatMap((need) => checkNeed(need, facts)) : [unknownKernel()];
  return [...findings, ...checkCriu(facts.release), ...checkSignature(facts.signed)];
}

function checkNeed(need: Need, facts: KernelFacts): KernelFinding[] {
  const missing = need.all.filter((one) => has(one, facts) === false);
  const ways = need.ways?.map((way) => way.filter((one) => has(one, facts) === false));
  const closest = ways?.toSorted((a, b) => a.length - b.length)[0] ?? [];
  const names = [...missing, ...closest].map((one) => `CONFIG_${one.option}`);
  if (names.length === 0) return [];
  const text = `${need.without} (missing: ${names.join(', ')})`;
  return [{ level: need.essential ? 'error' : 'warning', feature: need.feature, missing: names, text }];
}

/** undefined: nobody knows. A module that the configuration promises must be there too, or be built in. */
function has(one: Option, facts: KernelFacts): boolean | undefined {
  const value = facts.config?.get(one.option);
  const present = one.module === undefined ? undefined : facts.modules?.has(one.module);
  if (facts.config === undefined) return present;
  if (value === 'm') return present ?? true;
  return value !== undefined && value !== 'n';
}

function unknownKernel(): KernelFinding {
  return {
    level: 'warning',
    feature: 'configuration',
    missing: [],
    text: 'unknown: the kernel carries no configuration (CONFIG_IKCONFIG) and no modules came with it',
  };
}

/** The feature a finding is about that only matters where Secure Boot is on. */
export const SECURE_BOOT = 'Secure Boot';

function checkSignature(signed: boolean): KernelFinding[] {
  if (signed) return [];
  const text = 'it carries no signature: a PC with Secure Boot on does not start it';
  return [{ level: 'warning', feature: SECURE_BOOT, missing: [], text }];
}

function checkCriu(release: string): KernelFinding[] {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(release) ?? [];
  const [triedMajor, triedMinor] = CRIU.tried;
  const newer = Number(major) > triedMajor || (Number(major) === triedMajor && Number(minor) > triedMinor);
  if (!newer) return [];
  const text = `CRIU ${CRIU.version} in the image was tried up to Linux ${triedMajor}.${triedMinor} and fails on 6.18: jobs may not move`;
  return [{ level: 'warning', feature: 'moving jobs', missing: [], text }];
}
