import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { bzImage } from '../helpers/kernel-bytes.ts';
import { type OwnKernel, ownKernel, type Spoil, writeBuildTree, writeKernelFolder } from '../helpers/own-kernel.ts';
import { type Refusal, refuses, Workplace } from '../helpers/workplace.ts';

const place = new Workplace();
let kernel: OwnKernel;
test.before(async () => {
  kernel = await ownKernel(place.folder);
});
test.after.always(() => place[Symbol.dispose]());

const bad = (message: RegExp): Refusal => ({ status: 78, code: 'PLUMP_KERNEL', message });
const build = (folder: string) => (at: Workplace) => at.run('build', '--kernel', folder);

test.serial('a folder without bzImage, a file that is no kernel, a 32-bit kernel', async (t) => {
  place.write('none/modules.tgz', 'whatever');
  await refuses(t, place, build('none'), bad(/none has no bzImage/));
  place.write('text/bzImage', 'I am a text.\n');
  await refuses(t, place, build('text'), bad(/text\/bzImage is not a Linux kernel/));
  place.write('narrow/bzImage', bzImage({ is64: false }));
  await refuses(t, place, build('narrow'), bad(/narrow\/bzImage is a 32-bit kernel/));
  await refuses(t, place, build('nowhere'), bad(/nowhere does not exist/));
});

test.serial('a name that is not 8.3, given or of a drop-in', async (t) => {
  place.write('my-kernel/bzImage', bzImage());
  await refuses(t, place, build('my-kernel'), bad(/'my-kernel' cannot be the name of a kernel/));
  await refuses(t, place, build('muchtoolong=my-kernel'), bad(/'muchtoolong' cannot be the name/));
  place.write('kernels/two.dots.x/bzImage', bzImage());
  await refuses(t, place, (at) => at.run('build'), bad(/'two.dots.x' cannot be the name/));
  rmSync(place.path('kernels'), { recursive: true });
});

/** A kernel folder whose modules are spoilt, and what the build says of it. */
const SPOILT: readonly (readonly [string, Spoil, RegExp])[] = [
  [
    'modules of another release',
    (modules) => renameSync(path.join(modules, kernel.release), path.join(modules, '6.1.0-1-cloud-amd64')),
    /the kernel is 6\.1\.\S+, its modules are for 6\.1\.0-1-cloud-amd64/,
  ],
  [
    'one module of another version (vermagic)',
    (modules) => {
      const file = path.join(modules, kernel.release, 'kernel/fs/isofs/isofs.ko');
      const bytes = readFileSync(file);
      bytes.write('vermagic=5.9', bytes.indexOf('vermagic='));
      writeFileSync(file, bytes);
    },
    /module isofs was built for 5\.9\S* \(vermagic/,
  ],
  [
    'the module of an essential file system is missing',
    (modules) => rmSync(path.join(modules, kernel.release, 'kernel/fs/squashfs'), { recursive: true }),
    /would not boot: the root file system cannot be mounted \(missing: CONFIG_SQUASHFS\)/,
  ],
];

for (const [title, spoil, message] of SPOILT) {
  test.serial(title, async (t) => {
    await writeKernelFolder(kernel, place.path('spoilt'), spoil);
    await refuses(t, place, build('spoilt'), bad(message));
  });
}

test.serial('modules.tgz that is cut short, damaged, or no archive at all', async (t) => {
  await writeKernelFolder(kernel, place.path('whole'));
  const whole = readFileSync(place.path('whole/modules.tgz'));
  const damaged = Buffer.from(whole);
  damaged.fill(0xff, whole.length >> 1, (whole.length >> 1) + 64);
  const forms = { short: whole.subarray(0, whole.length / 3), damaged, text: Buffer.from('not an archive') };
  for (const [name, bytes] of Object.entries(forms)) {
    place.write(`${name}/bzImage`, readFileSync(place.path('whole/bzImage')));
    place.write(`${name}/modules.tgz`, bytes);
    await refuses(t, place, build(name), bad(new RegExp(`${name}/modules.tgz is damaged or not a tarball`)));
  }
});

test.serial("'check' tells everything that is wrong with a kernel, and builds nothing", async (t) => {
  await writeKernelFolder(kernel, place.path('poor'), (modules) => {
    for (const gone of ['fs/overlayfs', 'drivers/net/wireguard', 'fs/nfsd'])
      rmSync(path.join(modules, kernel.release, 'kernel', gone), { recursive: true, force: true });
  });
  const before = place.final();
  const text = await place.run('check', '--kernel', 'poor');
  t.is(text.status, 78, text.stderr);
  t.regex(text.stdout, /error +root: .*CONFIG_OVERLAY_FS[^]*warning +overlay network: .*CONFIG_WIREGUARD/);
  t.regex(text.stdout, /does not boot: an image with it is refused/);
  const json = await place.run('check', '--kernel', 'poor', '--kernel', kernel.deb, '--json');
  t.is(json.status, 78);
  const [poor, good] = json.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { boots: boolean; release: string });
  t.deepEqual([poor?.boots, good?.boots, good?.release], [false, true, kernel.release]);
  t.is((await place.run('check', '--kernel', `K=${kernel.deb}`)).status, 0);
  t.is((await place.run('check')).status, 2);
  t.deepEqual(place.final(), before);
});

test.serial('all four forms of a kernel are looked at: folder, package, build tree, bare', async (t) => {
  await writeKernelFolder(kernel, place.path('mine'));
  writeBuildTree(kernel, place.path('src'));
  place.write('vmlinuz', readFileSync(place.path('mine/bzImage')));
  const forms = ['mine', kernel.deb, 'src', 'vmlinuz'].flatMap((form) => ['--kernel', form]);
  const { status, stdout, stderr } = await place.run('check', ...forms, '--json');
  t.is(status, 0, stderr);
  const reports = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Report);
  t.deepEqual(
    reports.map(({ form, release, boots }) => [form, release, boots]),
    ['folder', 'deb', 'tree', 'bare'].map((form) => [form, kernel.release, true]),
  );
  const [folder, , tree, bare] = reports;
  t.deepEqual([tree?.modules, bare?.modules], [folder?.modules, 0]);
  t.deepEqual([tree?.taken, bare?.taken], [folder?.taken, 0]);
  t.true((folder?.taken ?? 0) > 50);
  t.regex(bare?.findings[0]?.text ?? '', /^unknown: /);
});

interface Report {
  readonly form: string;
  readonly release: string;
  readonly boots: boolean;
  readonly modules: number;
  readonly taken: number;
  readonly findings: readonly { readonly text: string }[];
}
