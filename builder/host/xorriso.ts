import type { Tools } from './tool-tree.ts';

/** A hybrid ISO: boots from CD and from USB stick, on BIOS (isolinux) and on UEFI (the FAT image). */
export interface HybridIso {
  readonly tree: string;
  readonly out: string;
  readonly volume: string;
  readonly epoch: number;
  readonly signal?: AbortSignal;
}

/**
 * Writes the ISO, filled up to whole cylinders (1 MiB), which old BIOSes expect of a USB stick. Without xorriso's own padding
 * (300 kB against the read-ahead of CD drives): last comes the copy of the GPT, which nobody reads from a CD. The same tree gives
 * the same bytes (evidence f1 §5). The tree holds isolinux/isolinux.bin and boot/efi.img.
 */
export async function writeIso(tools: Tools, iso: HybridIso): Promise<void> {
  await tools.run('xorriso', mkisofsArgs(tools, iso, isoDate(iso.epoch)), {
    env: { SOURCE_DATE_EPOCH: String(iso.epoch) },
    ...(iso.signal ? { cancelSignal: iso.signal } : {}),
  });
}

function mkisofsArgs(tools: Tools, iso: HybridIso, date: string): string[] {
  return [
    ['-as', 'mkisofs', '-quiet', '-R', '-J', '-joliet-long', '-V', iso.volume, '-uid', '0', '-gid', '0', '-no-pad'],
    [
      '-b',
      'isolinux/isolinux.bin',
      '-c',
      'isolinux/boot.cat',
      '-no-emul-boot',
      '-boot-load-size',
      '4',
      '-boot-info-table',
    ],
    ['-isohybrid-mbr', tools.path('usr/lib/ISOLINUX/isohdpfx.bin')],
    ['-eltorito-alt-boot', '-e', 'boot/efi.img', '-no-emul-boot', '-isohybrid-gpt-basdat'],
    [`--modification-date=${date}00`, '--set_all_file_dates', `${date}00`, '--gpt_disk_guid', 'modification-date'],
    ['-o', iso.out, iso.tree],
  ].flat();
}

/** YYYYMMDDhhmmss in UTC. */
function isoDate(epoch: number): string {
  return new Date(epoch * 1000).toISOString().replace(/\D/g, '').slice(0, 14);
}
