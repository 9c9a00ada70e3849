import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { TarWriter } from '../formats/tar-writer.ts';
import type { RootTree } from '../plan/root-tree.ts';

/** Writes a root tree into a tar stream: sorted, everything owned by root, one time for all, so that the same tree gives the same bytes. */
export async function packTree(tar: TarWriter, tree: RootTree, mtime: number): Promise<void> {
  for (const [path, entry] of tree.sorted()) {
    if (entry.kind === 'folder') tar.folder(path, { mode: entry.mode, mtime });
    else if (entry.kind === 'link') tar.link(path, 'link', entry.target, { mode: 0o777, mtime });
    else
      await tar.file(
        path,
        { mode: entry.mode, mtime },
        (await stat(entry.source)).size,
        createReadStream(entry.source),
      );
  }
}
