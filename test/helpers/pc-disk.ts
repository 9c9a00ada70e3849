import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import type { Tools } from '#builder/host/tool-tree.ts';
import type { Qmp } from '#builder/lab/qmp.ts';

const MB = 1024 * 1024;

/** The disk of somebody's PC: a GPT with a file system, swap and an LVM volume. No node may write one byte to it. */
export interface PcDisk extends AsyncDisposable {
  readonly file: string;
  /** Hash of all its bytes as they are now. */
  hash(): Promise<string>;
}

/** Makes the image with the tools that come with the lab. */
export async function makePcDisk(tools: Tools): Promise<PcDisk> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'plumpos-disk-'));
  const file = path.join(folder, 'disk.img');
  const part = path.join(folder, 'part');
  await writeFile(file, '');
  await truncate(file, 48 * MB);
  const partitions = ['--new=1:2048:+16M', '--typecode=1:8300', '--new=2:0:+8M', '--typecode=2:8200'];
  await tools.run('sgdisk', [...partitions, '--new=3:0:+16M', '--typecode=3:8e00', file]);
  await writeFile(part, '');
  await truncate(part, 16 * MB);
  await tools.run('mke2fs', ['-q', '-t', 'ext4', '-L', 'holiday', part]);
  await insert(file, part, 1);
  await writeFile(part, '');
  await truncate(part, 8 * MB);
  await tools.run('mkswap', [part]);
  await insert(file, part, 17);
  await writeFile(part, lvmLabel(16 * MB));
  await insert(file, part, 25);
  return { file, hash: () => hashOf(file), [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

/** Copies a partition's content to its place, counted in MB from the disk's start. */
async function insert(disk: string, part: string, atMB: number): Promise<void> {
  await using file = await open(disk, 'r+');
  let at = atMB * MB;
  for await (const chunk of createReadStream(part) as AsyncIterable<Buffer>) {
    await file.write(chunk, 0, chunk.length, at);
    at += chunk.length;
  }
}

/** Label and header of an LVM2 physical volume, by hand: lvm itself wants root. Source: LVM2, lib/format_text/layout.h. */
function lvmLabel(size: number): Buffer {
  const sector = Buffer.alloc(512);
  sector.write('LABELONE', 0);
  sector.writeBigUInt64LE(1n, 8);
  sector.writeUInt32LE(32, 20);
  sector.write('LVM2 001', 24);
  sector.write(randomBytes(16).toString('hex'), 32);
  sector.writeBigUInt64LE(BigInt(size), 64);
  sector.writeBigUInt64LE(BigInt(MB), 72);
  sector.writeUInt32LE(~crc32(sector.subarray(20), ~0xf597a6cf >>> 0) >>> 0, 16);
  return Buffer.concat([Buffer.alloc(512), sector, Buffer.alloc(MB)]);
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) hash.update(chunk);
  return hash.digest('hex');
}

interface BlockStats {
  readonly qdev?: string;
  readonly stats: { readonly wr_operations: number; readonly flush_operations: number; readonly rd_operations: number };
}

/** What a guest has done to one of its drives: [writes, flushes]. */
export async function writesTo(qmp: Qmp, drive: string): Promise<readonly [number, number]> {
  const all = (await qmp.execute('query-blockstats')) as readonly BlockStats[];
  const one = all.find(({ qdev }) => qdev?.split('/').includes(drive));
  if (one === undefined) throw new Error(`no drive ${drive} among ${all.map(({ qdev }) => qdev).join(', ')}`);
  return [one.stats.wr_operations, one.stats.flush_operations];
}
