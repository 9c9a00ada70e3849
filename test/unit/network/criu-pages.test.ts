import test from 'ava';
import { imageEntries } from '#runtime/network/criu-image/entries.ts';
import { pageImages } from '#runtime/network/criu-image/page-server.ts';
import { readFields } from '#runtime/network/criu-image/protobuf.ts';

const [OPEN, PARENT, ADD, FORCE_CLOSE] = [4, 5, 6, 0x1024];
const [PRESENT, LAZY] = [4, 2];

/** A command as CRIU sends it. */
function command(number: number, { flags = 0, pages = 0, address = 0n, target = 0n } = {}): Buffer {
  const bytes = Buffer.alloc(24);
  bytes.writeUInt32LE(((flags << 16) | number) >>> 0, 0);
  bytes.writeUInt32LE(pages, 4);
  bytes.writeBigUInt64LE(address, 8);
  bytes.writeBigUInt64LE(target, 16);
  return bytes;
}

const page = (letter: string, count = 1) => Buffer.alloc(4096 * count, letter);
const task = (pid: number) => (BigInt(pid) << 8n) | 1n;
const shared = (id: number) => (BigInt(id) << 8n) | 2n;

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** What comes of a stream: the files, their parts put together, and what was answered. */
async function taken(stream: readonly Buffer[], pieces = 1000) {
  const files = new Map<string, Buffer>();
  const answers: number[] = [];
  const images = pageImages(inPieces(Buffer.concat(stream), pieces), (bytes) => void answers.push(bytes.length));
  for await (const { name, size, content } of images) {
    const parts = [files.get(name) ?? Buffer.alloc(0)];
    for await (const part of content()) parts.push(Buffer.from(part));
    files.set(name, Buffer.concat(parts));
    if (parts.slice(1).reduce((sum, { length }) => sum + length, 0) !== size) throw new Error(`${name} is not ${size}`);
  }
  return { files, answers };
}

/** [address, pages, flags] of each entry of a pagemap, and the number of its pages' file. */
function pagemap(image: Buffer | undefined) {
  const [head, ...entries] = imageEntries(image ?? Buffer.alloc(8)).map(readFields);
  return { id: head?.[0]?.value, entries: entries.map((fields) => fields.map(({ value }) => value)) };
}

test('memory of tasks, and what they share, becomes the images that a page server of CRIU would write', async (t) => {
  const stream = [
    command(PARENT, { target: task(7) }),
    command(OPEN, { target: task(7) }),
    command(ADD, { flags: PRESENT, pages: 1, address: 0x40_1000n, target: task(7) }),
    page('a'),
    command(ADD, { flags: PRESENT | LAZY, pages: 300, address: 0x7f12_3456_7000n, target: task(7) }),
    page('b', 300),
    command(OPEN, { target: shared(70_000) }),
    command(ADD, { flags: PRESENT, pages: 2, address: 0n, target: shared(70_000) }),
    page('c', 2),
    command(OPEN, { target: task(8) }),
    command(FORCE_CLOSE),
  ];
  for (const pieces of [7, 1000, 65_536]) {
    const { files, answers } = await taken(stream, pieces);
    t.deepEqual(
      [...files.keys()],
      ['pages-65537.img', 'pagemap-7.img', 'pages-65538.img', 'pagemap-shmem-70000.img', 'pagemap-8.img'],
    );
    t.deepEqual(files.get('pages-65537.img'), Buffer.concat([page('a'), page('b', 300)]));
    t.deepEqual(files.get('pages-65538.img'), page('c', 2));
    t.deepEqual(pagemap(files.get('pagemap-7.img')), {
      id: 65_537n,
      entries: [
        [0x40_1000n, 1n, 4n],
        [0x7f12_3456_7000n, 300n, 6n],
      ],
    });
    t.deepEqual(pagemap(files.get('pagemap-8.img')), { id: 65_539n, entries: [] });
    t.is(files.get('pagemap-7.img')?.toString('hex', 0, 8), '1943565425400856', "CRIU's two magic numbers");
    // An int for the dump before, a byte for each that is opened, an int at the end.
    t.deepEqual(answers, [4, 1, 1, 1, 4]);
  }
});

test('a dump that breaks off, or is of another version, is told as such', async (t) => {
  const begun = [command(OPEN, { target: task(7) }), command(ADD, { flags: PRESENT, pages: 2, target: task(7) })];
  const early = { code: 'PLUMP_PROTOCOL', message: /ends too early/ };
  await t.throwsAsync(taken([]), early);
  await t.throwsAsync(taken(begun), early);
  await t.throwsAsync(taken([...begun, page('a')]), early);
  await t.throwsAsync(taken([command(99)]), { code: 'PLUMP_PROTOCOL', message: /command 99/ });
  await t.throwsAsync(taken([command(ADD, { flags: PRESENT, pages: 1 }), page('a')]), { message: /pages of nothing/ });
  await t.throwsAsync(taken([command(OPEN, { target: 9n })]), { message: /of kind 9/ });
});
