import { stat } from 'node:fs/promises';
import type { Tools } from './tool-tree.ts';

/** A file of a FAT image: its path there (DOS names), and where its bytes are. */
export interface FatFile {
  readonly path: string;
  readonly source: string;
}

/** FAT12 fits up to 4084 clusters of 4 sectors: 8 MB; our loaders are below 6. */
const CLUSTER_SECTORS = 4;
const SECTOR = 512;

/** Writes a FAT file system that just holds `files`; same files, same bytes: mtools takes SOURCE_DATE_EPOCH for now. */
export async function writeFatImage(
  tools: Tools,
  out: string,
  files: readonly FatFile[],
  epoch: number,
): Promise<void> {
  const cluster = CLUSTER_SECTORS * SECTOR;
  const sizes = await Promise.all(files.map(async (file) => (await stat(file.source)).size));
  const folders = foldersOf(files);
  const clusters = sizes.reduce((sum, size) => sum + Math.ceil(size / cluster), folders.length);
  // Boot sector, two FATs and the root folder take less than 64 sectors at this size.
  const sectors = (Math.ceil((clusters * CLUSTER_SECTORS + 64) / 32) + 1) * 32;
  const env = { SOURCE_DATE_EPOCH: String(epoch), MTOOLS_SKIP_CHECK: '1' };
  const serial = '506c756d';
  await tools.run(
    'mformat',
    [
      '-C',
      '-i',
      out,
      '-T',
      `${sectors}`,
      '-c',
      `${CLUSTER_SECTORS}`,
      '-N',
      serial,
      '-v',
      'PLUMPOS',
      '-h',
      '16',
      '-s',
      '32',
      '::',
    ],
    { env },
  );
  for (const folder of folders) await tools.run('mmd', ['-i', out, `::${folder}`], { env });
  for (const file of files) {
    await tools.run('mcopy', ['-i', out, file.source, `::${file.path}`], { env });
  }
}

function foldersOf(files: readonly FatFile[]): string[] {
  const all = new Set<string>();
  for (const { path } of files)
    for (let cut = path.indexOf('/'); cut > 0; cut = path.indexOf('/', cut + 1)) all.add(path.slice(0, cut));
  return [...all].toSorted();
}
