import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { execa } from 'execa';

const scripts = path.resolve(import.meta.dirname, '../../../rootfs/initrd/lib/plumpos');
const script = (name: string) => readFileSync(path.join(scripts, name), 'utf8');
/** Words of the boot's end, as the machine's screen has them. */
const FAIL = 'fail() { for line in "$@"; do echo "$line"; done; exit 9; }';

/** Runs a few lines after the scripts; `fetched` is where fetch.sh puts what it gets. */
async function sh(text: string, fetched = '/nowhere') {
  const { stdout, exitCode } = await execa('sh', ['-c', text.replaceAll('/fetched', fetched)], { reject: false });
  return { said: stdout, exitCode };
}

/** A server's folder: what it has, of which each is served or not. */
async function fetched(t: { teardown(end: () => void): void }, served: readonly string[], listed?: readonly string[]) {
  const folder = mkdtempSync(path.join(tmpdir(), 'plumpos-fetched-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const list = path.join(folder, 'files');
  if (listed !== undefined) writeFileSync(list, listed.map((name) => `${name}\n`).join(''));
  const has = [...(listed === undefined ? [] : ['files']), ...served].join(' | ') || 'nothing';
  const server = `fetch_file() { case $2 in ${has}) [ -e "/fetched/$2" ] || : >"/fetched/$2" ;; *) return 1 ;; esac; }`;
  const end = await sh(`${script('fetch.sh')}\n${FAIL}\n${server}\nfetch_listed http://server/plumpos`, folder);
  return { ...end, got: readdirSync(folder).filter((name) => name !== 'files') };
}

test('a node that fetches its root has every file its server lists', async (t) => {
  const all = ['root.squashfs', 'addons.squashfs', 'config.json'];
  const { got, exitCode } = await fetched(t, all, all);
  t.is(exitCode, 0);
  t.deepEqual(got.toSorted(), all.toSorted());
});

test('what the server lists but does not give ends the boot with its name on the screen', async (t) => {
  const { said, exitCode } = await fetched(t, ['root.squashfs'], ['root.squashfs', 'config.json']);
  t.is(exitCode, 9);
  t.regex(said, /^config.json cannot be fetched from http:\/\/server\/plumpos$/m);
  t.regex((await fetched(t, ['root.squashfs'])).said, /has no list of its files/);
});

/** What the boot says about RAM with this in the kernel's log and so much of it. */
const memory = (log: string, kb: number) =>
  sh(
    `${script('layers.sh')}\n${FAIL}\ndmesg() { echo '${log}'; }\ndu() { echo '95000 /medium'; }\nmemory_kb() { echo ${kb}; }\ncheck_memory && echo goes on`,
  );

test('a PC whose RAM cannot hold what the network brought is told so, not that its medium is bad', async (t) => {
  for (const words of [
    'Initramfs unpacking failed: write error',
    'rootfs image is not initramfs (write error); looks like an initrd',
  ]) {
    const { said, exitCode } = await memory(`[    1.2] ${words}`, 200_000);
    t.is(exitCode, 9);
    t.regex(said, /too little RAM.*\nPlumpOS needs 240 MB when it starts by network/);
  }
  t.is((await memory('[    1.2] Freeing initrd memory: 90000K', 240_000)).said, 'goes on');
  t.regex((await memory('', 100_000)).said, /too little RAM: 4 MB are left/);
});
