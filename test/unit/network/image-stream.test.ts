import test from 'ava';
import { decodeFiles, encodeFiles, type StreamedFile } from '#runtime/network/image-stream.ts';

function file(name: string, content: Buffer): StreamedFile {
  return {
    name,
    size: content.length,
    content: async function* () {
      yield content;
    },
  };
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function decoded(stream: AsyncIterable<Uint8Array>): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  let last = '';
  await decodeFiles(stream, {
    async begin(name) {
      last = name;
      files[name] = '';
    },
    async write(bytes) {
      files[last] += bytes.toString('latin1');
    },
  });
  return files;
}

const FILES = { 'core-1.img': 'x'.repeat(1000), 'empty.img': '', 'pages-1.img': 'y'.repeat(333) };
const ENCODED = collect(encodeFiles(Object.entries(FILES).map(([name, text]) => file(name, Buffer.from(text)))));

test('files arrive as they left, however the network cuts the stream', async (t) => {
  for (const size of [1, 7, 100, 100_000]) t.deepEqual(await decoded(inPieces(await ENCODED, size)), FILES);
});

test('a stream that ends early, goes on, or is nonsense is refused', async (t) => {
  const bytes = await ENCODED;
  for (const bad of [bytes.subarray(0, 500), bytes.subarray(0, -1), Buffer.concat([bytes, Buffer.from('x')])])
    await t.throwsAsync(decoded(inPieces(bad, 64)), { code: 'PLUMP_PROTOCOL' });
  await t.throwsAsync(decoded(inPieces(Buffer.alloc(64, 0xff), 64)), { code: 'PLUMP_PROTOCOL' });
});

test('a file that changes while it is sent is an error, not a wrong image', async (t) => {
  const liar = { ...file('a.img', Buffer.from('four')), size: 5 };
  await t.throwsAsync(collect(encodeFiles([liar])), { code: 'PLUMP_SYSTEM' });
});
