import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { builderVerbs } from '#builder/commands/verbs.ts';
import { runProgram } from '#runtime/base/cli.ts';

const cwd = mkdtempSync(path.join(os.tmpdir(), 'plumpos-boot-'));
const junk = path.join(cwd, 'junk.iso');
writeFileSync(junk, Buffer.alloc(100_000, 'junk'));

test.after.always(() => rmSync(cwd, { recursive: true }));

/** Runs `plumpos boot WORDS…`: its exit status, standard output, and standard error as lines. */
async function boot(...words: string[]): Promise<{ status: number; out: string; err: string[] }> {
  let out = '';
  const err: string[] = [];
  const io = { env: {}, cwd, interactive: false, terminal: false, signal: new AbortController().signal };
  const program = { verbs: builderVerbs, examples: [], version: '0' };
  const status = await runProgram(program, ['boot', ...words], {
    ...io,
    out: (text) => void (out += text),
    err: (line) => void err.push(line),
  });
  return { status, out, err };
}

const REFUSED: readonly (readonly [words: string, status: number, message: RegExp])[] = [
  ['', 78, /there is no image .*final\/plumpos\.iso/],
  [junk, 78, /junk\.iso is not an image of PlumpOS/],
  [cwd, 78, /is a folder, not an image/],
  ['one.iso two.iso', 2, /one word too many: 'two\.iso'/],
  ['--frobnicate', 2, /unknown option '--frobnicate'/],
  ['--firmware coreboot', 2, /--firmware takes one of bios, uefi, secureboot/],
  ['--medium floppy', 2, /--medium takes one of cd, usb, pxe, kernel/],
  ['--memory lots', 2, /--memory takes a whole number/],
  ['--memory 8', 2, /--memory takes 16 or more/],
  ['--timeout 0', 2, /--timeout takes 1 or more/],
  ['--firmware uefi --memory 256', 2, /with 256 MB the virtual PC does not get past its UEFI firmware/],
  ['--firmware uefi --memory 64 --medium kernel', 2, /with 64 MB the virtual PC does not get past its UEFI firmware/],
  ['--firmware uefi --append quiet', 2, /--append cannot be typed at GRUB's menu/],
  ['--firmware secureboot --kernel mine', 2, /--kernel cannot be typed at GRUB's menu/],
  ['--append plümp', 2, /--append takes plain ASCII only/],
  ['--no-dhcp --medium pxe', 2, /--no-dhcp and --medium pxe exclude each other/],
  ['--nics 0 --medium pxe', 2, /a network boot needs a network card/],
  ['--nics 0 --until joined', 2, /without a network card a node never joins/],
  ['--firmware secureboot --medium kernel', 2, /signed loaders only/],
];

for (const [words, status, message] of REFUSED)
  test(`'plumpos boot ${words.replaceAll(`${cwd}/`, '').replace(cwd, 'FOLDER')}' is refused before anything starts`, async (t) => {
    const end = await boot(...words.split(' ').filter(Boolean));
    t.is(end.status, status);
    t.regex(end.err[0] ?? '', message);
    t.true(end.err.length <= 2, 'one error and at most one hint');
    t.is(end.out, '');
  });

test('whoever reads the events learns of a refusal there too', async (t) => {
  const { out } = await boot('--json', junk);
  const { event, ok, code } = JSON.parse(out) as Record<string, unknown>;
  t.deepEqual({ event, ok, code }, { event: 'result', ok: false, code: 'PLUMP_IMAGE' });
});
