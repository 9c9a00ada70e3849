import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { builderVerbs } from '#builder/commands/verbs.ts';
import { runProgram } from '#runtime/base/cli.ts';

const cwd = mkdtempSync(path.join(os.tmpdir(), 'plumpos-test-'));
const env = { ...process.env, PLUMPOS_CACHE: path.join(cwd, 'cache'), PLUMPOS_LAB: path.join(cwd, 'lab') };

test.after.always(() => rmSync(cwd, { recursive: true, force: true }));

/** Runs `plumpos lab up WORDS…` where no image is, so that what is not refused ends there. */
async function up(words: string): Promise<string> {
  const err: string[] = [];
  const io = { env, cwd, interactive: false, terminal: false, signal: new AbortController().signal };
  const program = { verbs: builderVerbs, examples: [], version: '0' };
  const all = ['lab', 'up', ...words.split(' '), '--iso', '/nowhere.iso'];
  await runProgram(program, all, { ...io, out: () => {}, err: (line) => void err.push(line) });
  return err.join('\n');
}

test('values for a machine that can never be are refused; those for one that may come are told', async (t) => {
  t.regex(await up('2 --memory box=512'), /no machine of a room is called 'box'.*PLUMP_USAGE/);
  t.regex(await up('2 --cpus n100=2'), /no machine of a room is called 'n100'/);
  const later = await up('2 --memory n9=512');
  t.regex(later, /n9 is not in this room yet/);
  t.regex(later, /nowhere\.iso/);
});

test('a UEFI node with too little RAM, and arguments that reach nobody, are refused', async (t) => {
  t.regex(
    await up('2 --firmware uefi --medium cd --memory n2=256'),
    /n2 does not get past its UEFI firmware with 256 MB/,
  );
  t.regex(await up('1 --medium usb --append quiet'), /--append does not reach nodes that start from --medium usb/);
});
