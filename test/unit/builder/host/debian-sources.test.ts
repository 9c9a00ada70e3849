import test from 'ava';
import { environmentSources } from '#builder/host/debian-sources.ts';

test('every verb that fetches packages heeds the suite, archive and keyring of the environment', (t) => {
  const env = { PLUMPOS_SUITE: 'trixie', PLUMPOS_MIRROR: 'http://mirror.lan/debian', PLUMPOS_KEYRING: '/srv/our.gpg' };
  const [source, ...more] = environmentSources(env, 'bookworm');
  t.deepEqual(
    [source?.uri, source?.suites, source?.fields['Signed-By'], more],
    [env.PLUMPOS_MIRROR, ['trixie'], '/srv/our.gpg', []],
  );
  const [own] = environmentSources({ ...env, PLUMPOS_SUITE: '' }, 'bookworm');
  t.deepEqual(own?.suites, ['bookworm']);
});
