import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { commandLine, shownCommand } from '#builder/lab/command-line.ts';
import { kernelFiles } from '#builder/lab/pxe-root.ts';

const CODE = 'plump-4r7k-secret';

/** What of a TFTP root is read here. */
function tftpRoot(t: { teardown(fn: () => void): void }): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'plumpos-test-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  mkdirSync(path.join(folder, 'plumpos'));
  writeFileSync(path.join(folder, 'plumpos.ipxe'), 'set kernel linux61\n');
  writeFileSync(path.join(folder, 'plumpos/config.json'), '{"format":1,"image":"0123"}\n');
  return folder;
}

test('the join code reaches a node in an archive of its own, not on the command line everybody sees', (t) => {
  const pxe = tftpRoot(t);
  const kernel = kernelFiles(pxe, `plumpos.join=other plumpos.hostname=n1 plumpos.join=${CODE} x=y`);
  t.regex(kernel.append, / plumpos\.hostname=n1 x=y$/);
  t.is(kernel.initrds.at(-2), path.join(pxe, 'root.cpio'));
  const archive = Buffer.from(kernel.initrds.at(-1) as Uint8Array).toString('latin1');
  t.regex(archive, /medium\/plumpos\/config\.json\0/);
  t.true(archive.includes(`{"format":1,"image":"0123","join":"${CODE}"}\n`));
  const base = { name: 'n1', memoryMB: 256, drives: [], nics: [], timeLimitSeconds: 60 } as const;
  const words = commandLine({ ...base, firmware: 'bios', kernel }, { path: (file) => file });
  t.false(words.join(' ').includes(CODE));
});

test('without a join code nothing is added, and an error shows none', (t) => {
  t.is(kernelFiles(tftpRoot(t), 'x=y').initrds.length, 3);
  t.is(shownCommand(['qemu', '-append', `quiet plumpos.join=${CODE} x=y`]), 'qemu -append quiet plumpos.join=… x=y');
});
