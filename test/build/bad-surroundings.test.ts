import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { refuses, Workplace } from '../helpers/workplace.ts';

test.serial('an unknown option, a value that does not fit, a word too many, an option without its value', async (t) => {
  using place = new Workplace();
  const usage = (message: RegExp) => ({ status: 2, code: 'PLUMP_USAGE', message });
  await refuses(t, place, (at) => at.run('build', '--fast'), usage(/--fast/));
  await refuses(t, place, (at) => at.run('build', '--compress', 'lzma'), usage(/--compress takes one of zstd, xz/));
  await refuses(t, place, (at) => at.run('install', 'everything'), usage(/one word too many: 'everything'/));
  await refuses(t, place, (at) => at.run('build', '--kernel'), usage(/--kernel/));
  await refuses(t, place, (at) => at.run('bild'), usage(/unknown verb 'bild'/));
});

test.serial('a folder that is not there, a configuration that is none, a key that is none', async (t) => {
  using place = new Workplace(['media']);
  const bad = (code: string, message: RegExp) => ({ status: 78, code, message });
  await refuses(t, place, (at) => at.run('build', '--overlay', 'nowhere'), bad('PLUMP_INPUT', /no folder \S+nowhere/));
  await refuses(t, place, (at) => at.run('build', '--packages', 'nowhere'), bad('PLUMP_INPUT', /no folder \S+nowhere/));
  place.write('cluster.key', 'S3F0-A0BF-MY-SECRET\n');
  await refuses(t, place, (at) => at.run('build'), bad('PLUMP_KEY', /cluster\.key holds no join code/));
  t.notRegex((await place.run('build')).stderr, /S3F0/, 'a key must not be shown, not even a wrong one');
  rmSync(place.path('cluster.key'));
  place.write('plumpos.config.json', '{"build": {"compress": ');
  await refuses(t, place, (at) => at.run('build'), bad('PLUMP_CONFIG', /plumpos\.config\.json is not valid JSON/));
  place.write('plumpos.config.json', '{"build": {"compress": "lzma"}}');
  const usage = { status: 2, code: 'PLUMP_USAGE', message: /--compress takes one of/ };
  await refuses(t, place, (at) => at.run('build'), usage);
});

test.serial('a disk that is too small is told before anything is done', async (t) => {
  using place = new Workplace();
  const small = 'mkdir small && mount -t tmpfs -o size=50m none small && exec "$@" --out small/final';
  const full = {
    status: 1,
    code: 'PLUMP_DISK',
    message: /too little room for a build in \S+small\/final: \d+ MB free/,
  };
  await refuses(t, place, (at) => at.runIn('m', small, 'build'), full);
});

test.serial('a place for the results or the cache that is a file, or nobody may write to', async (t) => {
  using place = new Workplace();
  place.write('file', '');
  const input = { status: 78, code: 'PLUMP_INPUT', message: /\/file is a file, and a folder is wanted there/ };
  await refuses(t, place, (at) => at.run('build', '--out', 'file'), input);
  await refuses(t, place, (at) => at.start(['build'], { PLUMPOS_CACHE: at.path('file') }).ended, input);
  const locked = 'mkdir locked && mount -t tmpfs -o size=900m,ro none locked && exec "$@" --out locked/final';
  const denied = { status: 1, code: 'PLUMP_DENIED', message: /locked\/final cannot be written: read-only file system/ };
  await refuses(t, place, (at) => at.runIn('m', locked, 'build'), denied);
});

/** Gives a folder a file system of its own, with room for so many more files and folders; says when the build left something behind. */
const NARROW = `
  list() { find final; find final -type f -exec sha256sum {} +; }
  folder=FOLDER more=MORE
  cp -a $folder copy
  mount -t tmpfs -o nr_inodes=$(($(find $folder | wc -l) + more)) none $folder
  cp -a copy/. $folder; rm -r copy
  before=$(list) status=0
  "$@" || status=$?
  [ "$before" = "$(list)" ] || echo 'plumpos: final/ was touched' >&2
  ls -A .cache .cache/steps | grep -E '^[.](build|work|fetch)-' && echo 'plumpos: the cache has leftovers' >&2
  exit $status`;

/** What is missing in the cache, the folder that gets full, and after how many files. */
const FULL = [
  ['while a kernel is unpacked', 'kernel', '.cache/steps', 20],
  ['while the root is packed', 'root', '.cache/steps', 1],
  ['while the media are written', 'media', '.cache/steps', 6],
  ['while the results are put in place', 'media', 'final', 4],
] as const;

for (const [when, missing, folder, more] of FULL) {
  test.serial(`a disk that becomes full ${when}`, async (t) => {
    using place = new Workplace([missing]);
    const full = { status: 1, code: 'PLUMP_DISK', message: /disk is full|No space left/ };
    const script = NARROW.replace('FOLDER', folder).replace('MORE', String(more));
    await refuses(t, place, (at) => at.runIn('m', script, 'build'), full);
  });
}

test.serial('no network, and nothing in the cache', async (t) => {
  using place = new Workplace();
  rmSync(place.cache, { recursive: true });
  const unreachable = { status: 75, code: 'PLUMP_FETCH', message: /apt could not do its part[^]*is the network there/ };
  const words = ['build', '--mirror', 'http://192.0.2.1/debian'];
  await refuses(t, place, (at) => at.runIn('n', 'exec "$@"', ...words), unreachable);
});

test.serial('no network, but everything is in the cache: the image is built', async (t) => {
  using place = new Workplace(['media']);
  const end = await place.runIn('n', 'exec "$@"', 'build');
  t.is(end.status, 0, end.stderr);
});

/** Whether a group of processes has ended; what was told to end may take a moment to. */
async function gone(group: number): Promise<boolean> {
  for (let tries = 0; tries < 100; tries++) {
    try {
      process.kill(group, 0);
    } catch {
      return true;
    }
    await wait(100);
  }
  return false;
}

/** Presses Ctrl-C a moment after the build has said `after`. */
async function stops(t: ExecutionContext, place: Workplace, words: readonly string[], after: string): Promise<void> {
  const before = place.final();
  const build = place.start(['build', ...words]);
  await build.says(after);
  await wait(700);
  process.kill(build.group, 'SIGINT');
  const { status, stdout, stderr } = await build.ended;
  t.is(status, 130, stderr);
  t.is(stderr.split('\n').at(-2), 'plumpos: stopped', stderr);
  t.is(stdout, '');
  t.true(await gone(build.group), 'a program of the build still runs');
  t.deepEqual(place.final(), before, 'final/ was touched');
  t.deepEqual(place.leftovers(), []);
}

/** Steps at which a user may lose patience: what is missing in the cache, and the step before it. */
const STOPS = [
  ['while a kernel is unpacked', 'kernel', 'Fetching the tools'],
  ['while the root is packed', 'root', 'Merging add-ons and overlay'],
  ['while the media are written', 'media', 'Packing the tree of a head'],
] as const;

for (const [when, missing, after] of STOPS) {
  test.serial(`Ctrl-C ${when}`, async (t) => {
    using place = new Workplace([missing]);
    await stops(t, place, [], after);
  });
}

test.serial('Ctrl-C while apt waits for a server that never answers', async (t) => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  t.teardown(() => silent.close());
  await once(silent, 'listening');
  using place = new Workplace();
  const { port } = silent.address() as AddressInfo;
  await stops(t, place, ['--mirror', `http://127.0.0.1:${port}/debian`], 'fetching the Debian package lists');
});
