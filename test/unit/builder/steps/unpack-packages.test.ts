import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import type { AptRoot } from '#builder/host/apt-root.ts';
import { openApt } from '#builder/host/open-tools.ts';
import { isSoundDeb } from '#builder/host/sound-deb.ts';
import { unpackPackages } from '#builder/steps/unpack-packages.ts';

test('a build without the cache mends a damaged package file, and what was unpacked from it', async (t) => {
  const cache = mkdtempSync(path.join(tmpdir(), 'plumpos-test-'));
  t.teardown(() => rmSync(cache, { recursive: true, force: true }));
  const apt = await openApt({ env: process.env, notice: () => {} });
  const wanted = await apt.exact(['musl-dev']);
  const [deb] = wanted;
  const files = await apt.fetch(wanted);
  const copy = path.join(cache, 'copy.deb');
  copyFileSync(files[0] ?? '', copy);
  if (deb === undefined) return t.fail();
  t.true(await isSoundDeb(copy, deb, true));
  const bytes = readFileSync(copy);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  writeFileSync(copy, bytes);
  t.true(await isSoundDeb(copy, deb, false));
  t.false(await isSoundDeb(copy, deb, true));

  const unpack = async (fresh: boolean) => {
    const one = { fresh, fetch: async () => files } as unknown as AptRoot;
    const [unpacked] = await unpackPackages(cache, one, wanted);
    return path.join(unpacked?.folder ?? '', 'usr/share/doc/musl-dev/copyright');
  };
  const file = await unpack(false);
  const sound = readFileSync(file, 'utf8');
  writeFileSync(file, 'damaged');
  t.is(readFileSync(await unpack(false), 'utf8'), 'damaged');
  t.is(readFileSync(await unpack(true), 'utf8'), sound);
});
