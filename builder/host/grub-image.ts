import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Tools } from './tool-tree.ts';

/** What our menus and finding the medium need; nothing else, so that the image stays below 1 MB. */
const MODULES =
  'iso9660 fat part_msdos part_gpt linux normal search search_fs_file configfile serial ' +
  'terminal boot echo test all_video efi_gop video minicmd reboot halt';

/** GRUB for UEFI made from Debian's modules: for media without the Secure Boot chain. It looks for the medium with our id. */
export async function writeGrubImage(tools: Tools, folder: string, out: string): Promise<void> {
  const embedded = path.join(folder, 'embedded.cfg');
  const search = ['search --no-floppy --set=root --file /plumpos/id', 'set prefix=($root)/boot/grub', 'normal'];
  await writeFile(embedded, `${search.join('\n')}\n`);
  const modules = tools.path('usr/lib/grub/x86_64-efi');
  const args = ['-O', 'x86_64-efi', '-d', modules, '-c', embedded, '-p', '/boot/grub', '-o', out];
  await tools.run('grub-mkimage', [...args, ...MODULES.split(' ')]);
}
