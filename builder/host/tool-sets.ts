/** Debian packages each set of tools is unpacked from; apt adds what they depend on unless the set is `exact`. */
export const TOOL_SETS = {
  /** Everything that makes the image. cc1, as, ld and musl instead of a compiler driver: see compile-native. */
  image: [
    'xorriso',
    'squashfs-tools',
    'libfakeroot',
    'mtools',
    'zstd',
    'xz-utils',
    'kmod',
    'patchelf',
    'isolinux',
    'syslinux-common',
    'pxelinux',
    'ipxe',
    'grub-common',
    'grub-efi-amd64-bin',
    'binutils',
    'gcc-12',
    'musl-dev',
    'linux-libc-dev',
  ],
  /** Everything that runs virtual machines and makes disks for them. */
  vm: [
    'qemu-system-x86',
    'qemu-utils',
    'ovmf',
    'seabios',
    'ipxe-qemu',
    'dnsmasq-base',
    'nftables',
    'gdisk',
    'e2fsprogs',
    'util-linux',
    'mtools',
  ],
  /** Signed boot loaders: data, whose dependencies would be wanted on a machine that boots from its disk. */
  signed: { exact: ['shim-signed', 'grub-efi-amd64-signed'] },
  /** Headers and start files of a PC's C library: tests make C programs that run on this machine, with the compiler of `image`. */
  libc: { exact: ['libc6-dev'] },
  /** The Debian installer's netboot image, which `plumpos bench image` compares with. */
  installer: { exact: ['debian-installer-12-netboot-amd64'] },
  /** GNU parallel, a script, which `plumpos bench run` compares with. */
  parallel: { exact: ['parallel'] },
} as const satisfies Record<string, readonly string[] | { exact: readonly string[] }>;

/** Name of a set. */
export type ToolSet = keyof typeof TOOL_SETS;
