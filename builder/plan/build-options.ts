import type { OptionTable, Values } from '#runtime/base/options.ts';

/** Options of `plumpos build`. */
export const BUILD_OPTIONS = {
  kernel: {
    type: 'list',
    value: '[NAME=]PATH',
    help: 'a kernel folder, kernel .deb, kernel build tree or bzImage; the first boots by itself',
  },
  packages: {
    type: 'string',
    value: 'DIR',
    help: 'folder of the add-ons and their list (default: packages, and rootdisk/packages)',
  },
  overlay: {
    type: 'string',
    value: 'DIR',
    help: 'files laid over everything else (default: overlay, where it exists)',
  },
  out: { type: 'string', value: 'DIR', default: 'final', help: 'where the results go' },
  'no-key': { type: 'flag', help: 'leave the cluster secret out of the ISO' },
  'pxe-key': { type: 'flag', help: 'put the cluster secret into pxe/ too: whoever can boot from that server can join' },
  'no-secure-boot': { type: 'flag', help: 'a GRUB of our own instead of the signed chain (4 MB smaller)' },
  compress: {
    type: 'choice',
    choices: ['zstd', 'xz'],
    default: 'zstd',
    help: 'zstd boots faster, xz is smaller',
  },
  'all-modules': { type: 'flag', help: 'every module of the kernel' },
  'no-icu-trim': { type: 'flag', help: 'keep the language data and the TypeScript compiler of Node.js (10 MB)' },
  'console-password': {
    type: 'string',
    value: 'TEXT',
    help: 'a root shell on the screen and serial line of a node, for who knows this (safer as PLUMPOS_CONSOLE_PASSWORD)',
  },
  'debug-image': { type: 'flag', help: 'a root shell there without any password' },
  sources: { type: 'flag', help: 'fetch the source packages of everything from Debian, into sources/' },
  'no-cache': { type: 'flag', help: 'make everything anew from the packages, whose hashes are checked' },
  'dry-run': { type: 'flag', help: 'print the plan and stop' },
  json: { type: 'flag', help: 'one JSON object a line instead of text' },
  suite: { type: 'string', value: 'NAME', help: 'Debian suite (default: the one rootfs/packages.json pins)' },
  mirror: { type: 'string', value: 'URL', help: 'Debian archive to use instead of the host’s own' },
  keyring: { type: 'string', value: 'FILE', help: 'keyring that signs it' },
} as const satisfies OptionTable;

/** Values of {@link BUILD_OPTIONS}. */
export type BuildOptions = Values<typeof BUILD_OPTIONS>;
