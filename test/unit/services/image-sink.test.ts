import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { PlumpError } from '#runtime/base/errors.ts';
import { impatient } from '#runtime/base/impatient.ts';
import { storeImages } from '#runtime/services/guests/image-sink.ts';

/** One entry of a stream, as a hostile member writes it: what it announces need not be what comes. */
function entry(name: string, content = '', size = content.length): Buffer {
  const head = Buffer.alloc(10);
  head.writeUInt16LE(Buffer.byteLength(name), 0);
  head.writeBigUInt64LE(BigInt(size), 2);
  return Buffer.concat([head, Buffer.from(name), Buffer.from(content)]);
}
const END = Buffer.alloc(10);

class Place implements Disposable {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'plumpos-images-'));
  readonly images = path.join(this.folder, 'img');
  readonly init = path.join(this.folder, 'init');
  constructor() {
    mkdirSync(this.images);
    writeFileSync(path.join(this.folder, 'record.json'), 'as it was');
  }
  async take(stream: Iterable<Buffer>, bytes = 1000): Promise<void> {
    const chunks = async function* () {
      yield* stream;
    };
    await storeImages({ images: this.images, init: this.init, bytes }, chunks());
  }
  /** Everything that lies there. */
  files(): string[] {
    return readdirSync(this.folder, { recursive: true, encoding: 'utf8' }).toSorted();
  }
  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }
}

test('images come as they left, each once, into their folder', async (t) => {
  using place = new Place();
  await place.take([entry('init', 'program'), entry('core-1.img', 'core'), entry('tmpfs-dev-9.tar.gz.img'), END]);
  t.deepEqual(place.files(), ['img', 'img/core-1.img', 'img/tmpfs-dev-9.tar.gz.img', 'init', 'record.json']);
  t.is(readFileSync(place.init, 'utf8'), 'program');
});

test('what has the name of the file before it is more of that file, and counts', async (t) => {
  using place = new Place();
  await place.take([entry('pages-1.img', 'one'), entry('pages-1.img', 'two'), entry('pagemap-1.img', 'map'), END]);
  t.is(readFileSync(path.join(place.images, 'pages-1.img'), 'utf8'), 'onetwo');
  const pieces = Array.from({ length: 3 }, () => entry('pages-2.img', 'x'.repeat(400)));
  await t.throwsAsync(place.take([...pieces, END]), { code: 'PLUMP_REFUSED' });
});

test('a stream that climbs out of its folder, by whatever name, is refused and writes nothing', async (t) => {
  for (const name of [
    '../record.json',
    '/etc/cron.d/x.img',
    'a/../../x.img',
    '..',
    '.',
    './core-1.img',
    'x/core-1.img',
    'core-1.img\0',
    'core-1.img\n',
    'CORE-1.img',
    'restore.log',
    'pid',
    '-D.img',
    'core-1.img/../../../init',
  ]) {
    using place = new Place();
    await t.throwsAsync(place.take([entry(name, 'evil'), END]), { code: 'PLUMP_PROTOCOL' }, JSON.stringify(name));
    t.deepEqual(place.files(), ['img', 'record.json'], JSON.stringify(name));
    t.is(readFileSync(path.join(place.folder, 'record.json'), 'utf8'), 'as it was');
  }
});

test('an image that came is not replaced, and no link is followed', async (t) => {
  using place = new Place();
  symlinkSync(path.join(place.folder, 'record.json'), path.join(place.images, 'files.img'));
  for (const again of [
    [entry('core-1.img', 'honest'), entry('core-2.img', 'more'), entry('core-1.img', 'forged'), END],
    [entry('files.img', 'forged'), END],
  ])
    await t.throwsAsync(place.take(again), { code: 'PLUMP_PROTOCOL', message: /came before/ });
  t.is(readFileSync(path.join(place.images, 'core-1.img'), 'utf8'), 'honest');
  t.is(readFileSync(path.join(place.folder, 'record.json'), 'utf8'), 'as it was');
});

test('no more is taken than was announced: bytes, sizes that are only claimed, empty files without end', async (t) => {
  using place = new Place();
  const refused = { code: 'PLUMP_REFUSED', message: /more images come than were announced/ };
  await t.throwsAsync(
    place.take([entry('core-1.img', 'x'.repeat(600)), entry('core-2.img', 'x'.repeat(600)), END]),
    refused,
  );
  await t.throwsAsync(place.take([entry('pages-1.img', 'x', 2 ** 50)]), refused);
  await t.throwsAsync(place.take([entry('pages-2.img', 'x', 2 ** 63), END]), { code: 'PLUMP_PROTOCOL' });
  const endless = function* () {
    for (let i = 0; ; i++) yield entry(`fdinfo-${i}.img`);
  };
  await t.throwsAsync(place.take(endless()), refused);
  t.true(place.files().length < 1100);
});

test('a stream that just stops, or is given up, keeps nobody waiting', async (t) => {
  using place = new Place();
  const silent = async function* () {
    yield entry('core-1.img', 'x', 10);
    await new Promise<void>(() => {});
  };
  const room = { images: place.images, init: place.init, bytes: 1000 };
  await t.throwsAsync(storeImages(room, impatient(silent(), { idleMs: 20 })), { code: 'PLUMP_TIMEOUT' });
  rmSync(path.join(place.images, 'core-1.img'));
  const stop = new AbortController();
  const taken = storeImages(room, impatient(silent(), { idleMs: 60_000, signal: stop.signal }));
  stop.abort(new PlumpError('PLUMP_REFUSED', 'the job was taken away'));
  await t.throwsAsync(taken, { code: 'PLUMP_REFUSED' });
});
