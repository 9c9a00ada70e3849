import { chmodSync, chownSync, cpSync, linkSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { cacheFolder } from '#builder/cache/cache-folder.ts';
import { run } from '#builder/host/exec.ts';
import { makeTar } from '../helpers/tarballs.ts';
import { plumpos, Workplace } from '../helpers/workplace.ts';

/** Somebody else: another user where we may be one, else one of a user namespace, in which everything of ours is hers. */
const STRANGER = 61234;
const asStranger =
  process.getuid?.() === 0
    ? ['setpriv', `--reuid=${STRANGER}`, `--regid=${STRANGER}`, '--clear-groups']
    : ['unshare', `--map-user=${STRANGER}`, `--map-group=${STRANGER}`];

function inputs(place: Workplace, key: string): void {
  place.write('cluster.key', key, 0o600);
  place.write('overlay/etc/motd', 'Hello.\n');
  chmodSync(place.path('overlay/etc/motd'), 0o644);
}

test.serial(
  'the same inputs give the same bytes: in another folder, of another user, with nothing from the cache',
  async (t) => {
    using here = new Workplace();
    using there = new Workplace();
    const key = `${(await here.run('key', 'new')).status === 0 ? here.read('cluster.key') : ''}`;
    const addon = gzipSync(await makeTar([{ name: 'opt/a', text: 'a', uid: 7, mode: 0o640 }]));
    for (const place of [here, there]) {
      inputs(place, key);
      place.write('packages/a.tar.gz', addon);
      place.write('packages/list', 'cdrom:a.tar.gz\n');
    }
    t.is((await here.run('build')).status, 0);
    ownCache(there);
    const script = 'umask 077; mkdir -p "$2"; cd "$2"; shift 2; exec "$@"';
    const env = { PLUMPOS_CACHE: there.cache, HOME: there.folder, TZ: 'Asia/Kathmandu', LC_ALL: 'de_DE.UTF-8' };
    const command = [...asStranger, 'sh', '-c', script, 'sh', '', there.folder, plumpos, 'build', '--no-cache'];
    await run(command[0] ?? '', command.slice(1), { env: { ...process.env, ...env } });
    t.is(there.read('final/SHA256SUMS'), here.read('final/SHA256SUMS'));
  },
);

/** Package files and package lists are copied, all else has to be made: by the stranger, who cannot read our cache. */
function ownCache(place: Workplace): void {
  const real = cacheFolder(process.env);
  rmSync(place.cache, { recursive: true });
  mkdirSync(path.join(place.cache, 'debs'), { recursive: true });
  cpSync(path.join(real, 'apt'), path.join(place.cache, 'apt'), { recursive: true, preserveTimestamps: true });
  for (const name of readdirSync(path.join(real, 'debs')).filter((one) => one.endsWith('.deb'))) {
    const [from, to] = [path.join(real, 'debs', name), path.join(place.cache, 'debs', name)];
    try {
      linkSync(from, to);
    } catch {
      cpSync(from, to, { preserveTimestamps: true });
    }
  }
  if (process.getuid?.() !== 0) return;
  for (const name of ['', ...readdirSync(place.folder, { recursive: true, encoding: 'utf8' })])
    if (!name.endsWith('.deb')) chownSync(place.path(name), STRANGER, STRANGER);
}
