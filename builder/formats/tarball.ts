import { Readable } from 'node:stream';
import { extract } from 'tar-stream';
import { messageOf, PlumpError } from '#runtime/base/errors.ts';
import { decodeTarEntry, type TarEntry } from './tar-entry.ts';

/** An entry, and its content. Whoever takes no content must say so by `skip`. */
export interface TarItem {
  readonly entry: TarEntry;
  content(): Readable;
}

/**
 * Reads an unpacked tar stream entry by entry; contents not asked for are skipped.
 * @throws PlumpError PLUMP_PACKAGE naming `where`, for a damaged or truncated archive and for what decodeTarEntry refuses.
 */
export async function* readTar(stream: Readable, where: string): AsyncGenerator<TarItem> {
  const unpack = extract();
  stream.on('error', (error) => unpack.destroy(error));
  stream.pipe(unpack);
  try {
    for await (const part of unpack) {
      const entry = decodeTarEntry(part.header, where);
      let taken = false;
      if (entry) {
        const content = () => {
          taken = true;
          return Readable.from(named(part as unknown as AsyncIterable<Uint8Array>, where));
        };
        yield { entry, content };
      }
      if (!taken) part.resume();
    }
  } catch (error) {
    throw damaged(error, where);
  } finally {
    stream.destroy();
    unpack.destroy();
  }
}

/** The content of an entry, whose end may be missing, too. */
async function* named(content: AsyncIterable<Uint8Array>, where: string): AsyncGenerator<Uint8Array> {
  try {
    yield* content;
  } catch (error) {
    throw damaged(error, where);
  }
}

function damaged(error: unknown, where: string): PlumpError {
  if (error instanceof PlumpError) return error;
  return new PlumpError('PLUMP_PACKAGE', `${where} is damaged or not a tarball: ${reason(error)}`, {
    cause: error,
    hint: 'make or copy it again',
  });
}

/** Of an outside program's failure only what it said itself is worth showing. */
function reason(error: unknown): string {
  const said = (error as { stderr?: unknown }).stderr;
  if (typeof said !== 'string' || said.trim() === '') return messageOf(error).split('\n')[0] ?? '';
  return said.trim().split('\n').at(-1) ?? '';
}
