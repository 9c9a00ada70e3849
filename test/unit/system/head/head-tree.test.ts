import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import test from 'ava';
import { execa } from 'execa';
import { installHeadTree } from '#runtime/system/head/head-tree.ts';

const FILES = ['agent.cjs', 'tools.cjs', 'bin/node'];

async function made(t: { teardown(end: () => void): void }) {
  const room = mkdtempSync(path.join(tmpdir(), 'plumpos-tree-'));
  t.teardown(() => rmSync(room, { recursive: true }));
  mkdirSync(path.join(room, 'plumpos/bin'), { recursive: true });
  for (const file of FILES) writeFileSync(path.join(room, 'plumpos', file), file);
  const { stdout } = await execa('tar', ['-c', '-C', room, 'plumpos'], { encoding: 'buffer' });
  return { room, bytes: zstdCompressSync(stdout), target: path.join(room, 'target') };
}

test('the programs of a head are unpacked every time, however quick tar is', async (t) => {
  const { room, bytes, target } = await made(t);
  const archive = path.join(room, 'head.tar.zst');
  writeFileSync(archive, bytes);
  for (let i = 0; i < 50; i++) await t.notThrowsAsync(installHeadTree({ archive }, target));
  for (const file of FILES) t.is(readFileSync(path.join(target, file), 'utf8'), file);
});

test('an archive that was cut short is called damaged', async (t) => {
  const { room, bytes, target } = await made(t);
  const archive = path.join(room, 'head.tar.zst');
  writeFileSync(archive, bytes.subarray(0, bytes.length / 2));
  const error = await t.throwsAsync(installHeadTree({ archive }, target));
  t.regex(error?.message ?? '', /head.tar.zst is damaged/);
});
