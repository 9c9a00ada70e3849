import { elfSection } from './elf-section.ts';

/** What a kernel module says of itself in its `.modinfo` section. */
export interface ModuleInfo {
  readonly is64: boolean;
  /** Release of the kernel it was built for: the first word of its vermagic. */
  readonly release: string;
  /** The whole vermagic. */
  readonly vermagic: string;
}

/** Reads an unpacked `.ko`; undefined when it is no kernel module. */
export function readModuleInfo(ko: Buffer): ModuleInfo | undefined {
  const section = elfSection(ko, '.modinfo');
  const entry = section?.bytes
    ?.toString('latin1')
    .split('\0')
    .find((line) => line.startsWith('vermagic='));
  if (section === undefined || entry === undefined) return undefined;
  const vermagic = entry.slice('vermagic='.length).trim();
  return { is64: section.is64, vermagic, release: vermagic.split(' ')[0] ?? '' };
}

/** Endings of module files: plain, or packed by gzip, xz or zstd. */
export const MODULE_FILE = /\.ko(\.(gz|xz|zst))?$/;

/** The name the kernel knows a module by: file name without ending, `-` and `_` being the same letter. */
export function moduleName(file: string): string {
  const base = file.slice(file.lastIndexOf('/') + 1);
  return base.replace(MODULE_FILE, '').replaceAll('-', '_');
}
