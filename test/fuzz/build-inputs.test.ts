import { Readable } from 'node:stream';
import test from 'ava';
import { readBzImage } from '#builder/formats/bz-image.ts';
import { openIso } from '#builder/formats/iso.ts';
import { embeddedConfig, unpackPayload } from '#builder/formats/kernel-config.ts';
import { readModuleInfo } from '#builder/formats/kernel-module.ts';
import { hardenSoftDeps, moduleClosure, readModuleIndex } from '#builder/formats/modules-files.ts';
import { parsePackageList } from '#builder/formats/package-list.ts';
import { readTar } from '#builder/formats/tarball.ts';
import { resolveOwners } from '#builder/plan/addon-owners.ts';
import { PlumpError } from '#runtime/base/errors.ts';
import { type Fuzz, startFuzz } from '../helpers/fuzz.ts';
import { bzImage, kernelModule, withConfig } from '../helpers/kernel-bytes.ts';
import { makeTar } from '../helpers/tarballs.ts';

const INPUTS = 100_000;

/** Runs `one` on mutated seeds and on noise; anything thrown but a PlumpError fails, with what repeats it. */
async function feed(fuzz: Fuzz, seeds: readonly Buffer[], one: (input: Buffer) => unknown): Promise<[number, number]> {
  let [taken, refused] = [0, 0];
  for (let i = 0; i < INPUTS; i++) {
    const input = i % 8 === 0 ? fuzz.bytes(fuzz.below(700)) : fuzz.mutate(seeds[i % seeds.length] as Buffer);
    try {
      const end = one(input);
      if (end instanceof Promise) await end;
      taken++;
    } catch (error) {
      if (!(error instanceof PlumpError))
        throw new Error(`seed ${fuzz.seed}, input ${i}: ${input.toString('hex')}`, { cause: error });
      refused++;
    }
  }
  return [taken, refused];
}

test('no list of add-ons crashes the build', async (t) => {
  const fuzz = startFuzz();
  const seeds = [
    `# mine\n\n/cdrom/packages/openssl.tar.gz\ncdrom:b.tar.xz sha256:${'0a'.repeat(32)} replace # why\r\n`,
    'cdrom:sub/c.tar.zst replace\n/cdrom/packages/d.tgz',
  ].map((text) => Buffer.from(text));
  const [taken, refused] = await feed(fuzz, seeds, (input) => {
    for (const list of ['packages/list', 'rootdisk/packages/list'])
      for (const { file } of parsePackageList(input.toString('utf8'), list))
        if (file.startsWith('/') || file.split('/').includes('..')) throw new Error(`leaves the folder: ${file}`);
  });
  t.log(`PLUMPOS_SEED=${fuzz.seed}: ${taken} taken, ${refused} refused`);
  t.true(taken > 100 && refused > 100);
});

/** Gives every header its right sum again: otherwise hardly a mutation gets past it. */
function mendChecksums(tar: Buffer): Buffer {
  const out = Buffer.from(tar);
  for (let at = 0; at + 512 <= out.length; at += 512) {
    if (!out.toString('latin1', at + 257, at + 262).startsWith('ust')) continue;
    out.fill(' ', at + 148, at + 156);
    const sum = out.subarray(at, at + 512).reduce((all, byte) => all + byte, 0);
    out.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148, 'latin1');
  }
  return out;
}

test('no tarball crashes the build, and none that is taken climbs out', async (t) => {
  const fuzz = startFuzz();
  const seeds = await Promise.all([
    makeTar([
      { name: 'usr/', type: 'directory' },
      { name: 'usr/bin/tool', text: 'x', mode: 0o755 },
      { name: 'usr/bin/t2', type: 'symlink', linkname: 'tool' },
    ]),
    makeTar([
      { name: `opt/${'long/'.repeat(40)}file`, text: 'text' },
      { name: './etc/a', text: 'a' },
      { name: 'etc/b', type: 'link', linkname: 'etc/a' },
    ]),
    makeTar([{ name: 'dev/sda', type: 'block-device' }]),
    makeTar([{ name: '../etc/passwd', text: 'x' }]),
  ]);
  const [taken, refused] = await feed(fuzz, seeds, async (mutated) => {
    const input = fuzz.below(4) === 0 ? mutated : mendChecksums(mutated);
    const entries = [];
    for await (const { entry } of readTar(Readable.from([input], { objectMode: false }), 'packages/list:1: a.tar.gz')) {
      if (entry.path.startsWith('/') || entry.path.split('/').includes('..'))
        throw new Error(`climbs out: ${entry.path}`);
      entries.push(entry);
    }
    resolveOwners(new Map([['usr', 'folder']]), [{ where: 'a', entries, replace: false }]);
  });
  t.log(`PLUMPOS_SEED=${fuzz.seed}: ${taken} taken, ${refused} refused`);
  t.true(taken > 100 && refused > 100);
});

test('no kernel image, module or configuration crashes the check', async (t) => {
  const fuzz = startFuzz();
  const images = [bzImage({ kernel: withConfig('CONFIG_64BIT=y\nCONFIG_SQUASHFS=m\n') }), bzImage({ is64: false })];
  const [taken, refused] = await feed(fuzz, images, (input) => {
    const plain = unpackPayload(readBzImage(input, 'bzImage').payload ?? Buffer.alloc(0));
    if (plain) embeddedConfig(plain);
  });
  t.log(`PLUMPOS_SEED=${fuzz.seed}: images: ${taken} taken, ${refused} refused`);
  t.true(taken > 100 && refused > 100);
  const modules = [kernelModule('6.1.0-56-amd64 SMP mod_unload'), kernelModule('6.1.0 686', false)];
  t.deepEqual(await feed(fuzz, modules, (input) => readModuleInfo(input)), [INPUTS, 0]);
  t.deepEqual(await feed(fuzz, [withConfig('CONFIG_A=y\n')], (input) => embeddedConfig(input)), [INPUTS, 0]);
});

test("no index of modules and no foreign medium crashes the build or 'boot'", async (t) => {
  const fuzz = startFuzz();
  t.log(`PLUMPOS_SEED=${fuzz.seed}`);
  const dep = 'kernel/a.ko: kernel/b.ko.xz kernel/c.ko\nkernel/b.ko.xz: kernel/c.ko\nkernel/c.ko:\n';
  const texts = [dep, 'softdep a pre: c b post: d\n', 'kernel/d.ko\n'].map((text) => Buffer.from(text));
  const ends = await feed(fuzz, texts, (input) => {
    const text = input.toString('utf8');
    const index = readModuleIndex({ dep: `${dep}${text}`, softdep: text, builtin: text });
    moduleClosure(index, ['a', 'b']);
    hardenSoftDeps(`${dep}${text}`, text);
  });
  t.deepEqual(ends, [INPUTS, 0]);
  const iso = Buffer.alloc(20 * 2048);
  iso[16 * 2048] = 1;
  iso.write('CD001', 16 * 2048 + 1);
  iso.write('PLUMPOS'.padEnd(32), 16 * 2048 + 40);
  iso.writeUInt32LE(18, 16 * 2048 + 158);
  iso.writeUInt32LE(2048, 16 * 2048 + 166);
  iso[16 * 2048 + 181] = 2;
  iso.set([40, 0, 19, 0, 0, 0], 18 * 2048);
  const media = await feed(fuzz, [iso.subarray(16 * 2048)], async (input) => {
    const read = (offset: number, length: number) =>
      Promise.resolve(input.subarray(Math.max(0, offset - 16 * 2048), Math.max(0, offset - 16 * 2048 + length)));
    await (await openIso(read))?.file('plumpos/id');
  });
  t.deepEqual(media, [INPUTS, 0]);
});
