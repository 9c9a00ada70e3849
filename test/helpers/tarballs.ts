import { buffer } from 'node:stream/consumers';
import { type Header, pack } from 'tar-stream';

/** One entry of a tarball made for a test: a header, and a text where it is a file. */
export type Entry = Partial<Header> & { readonly name: string; readonly text?: string };

/** An unpacked tarball holding exactly these entries, be they good or bad. */
export async function makeTar(entries: readonly Entry[]): Promise<Buffer> {
  const tar = pack();
  for (const { text, ...header } of entries) tar.entry({ mtime: new Date(0), ...header } as Header, text ?? '');
  tar.finalize();
  return await buffer(tar as unknown as AsyncIterable<Uint8Array>);
}
