import test from 'ava';
import { findAddons } from '#builder/plan/addon-sources.ts';
import { folderWith } from '../../../helpers/folder-with.ts';

test('without any add-on there is none', (t) => {
  const none = { tarballs: [], overlay: undefined, list: '' };
  t.deepEqual(findAddons(folderWith(t, ['packages/README.md']), undefined, undefined), none);
  t.deepEqual(findAddons(folderWith(t, []), undefined, undefined), none);
  t.deepEqual(findAddons(folderWith(t, ['packages/list']), undefined, undefined), none);
});

test('add-ons that would be passed over without a word are told', (t) => {
  const refused = (code: string, message: RegExp, files: readonly string[], packages?: string, overlay?: string) =>
    t.throws(() => findAddons(folderWith(t, files), packages, overlay), { code, message });
  refused('PLUMP_PACKAGE', /mine has no list/, ['mine/a.tar.gz'], 'mine');
  refused('PLUMP_PACKAGE', /mine has no list/, ['mine/README'], 'mine');
  refused('PLUMP_PACKAGE', /packages has no list/, ['packages/a.txz']);
  refused('PLUMP_PACKAGE', /packages\/list is no file/, ['packages/list/a.txz']);
  refused('PLUMP_INPUT', /overlay is no folder/, ['overlay']);
  refused('PLUMP_INPUT', /no folder \S+nowhere/, [], undefined, 'nowhere');
});
