import test from 'ava';
import type { TarEntry } from '#builder/formats/tar-entry.ts';
import { type BaseKind, type Layer, resolveOwners } from '#builder/plan/addon-owners.ts';

const base = new Map<string, BaseKind>([
  ['usr', 'folder'],
  ['usr/bin', 'folder'],
  ['usr/bin/ls', 'file'],
  ['bin', 'link'],
]);

function entry(path: string, kind: TarEntry['kind'] = 'file', target?: string): TarEntry {
  return { path, kind, mode: 0o644, uid: 0, gid: 0, mtime: 0, size: 0, ...(target === undefined ? {} : { target }) };
}

function layer(where: string, entries: readonly TarEntry[], replace = false): Layer {
  return { where, entries, replace };
}

test('folders are shared, every other path has one owner', (t) => {
  const a = layer('a', [entry('usr', 'folder'), entry('usr/bin/a'), entry('opt', 'folder')]);
  const b = layer('b', [entry('opt', 'folder'), entry('opt/b')]);
  const owners = resolveOwners(base, [a, b]);
  t.deepEqual(owners.get('usr/bin/a'), [0, 1]);
  t.deepEqual(owners.get('opt/b'), [1, 1]);
  t.deepEqual(owners.get('opt'), [0, 2]);
});

test('two owners of a path are an error that names both, unless the line says replace', (t) => {
  const a = layer('packages/list:1: a.tar.gz', [entry('opt/x')]);
  const b = (replace: boolean) => layer('packages/list:2: b.tar.gz', [entry('opt/x')], replace);
  const both = {
    code: 'PLUMP_PACKAGE',
    message: 'packages/list:2: b.tar.gz: opt/x is owned by packages/list:1: a.tar.gz already',
  };
  t.throws(() => resolveOwners(base, [a, b(false)]), both);
  t.deepEqual(resolveOwners(base, [a, b(true)]).get('opt/x'), [1, 0]);
  t.throws(() => resolveOwners(base, [layer('p', [entry('usr/bin/ls')])]), { message: /owned by the base system/ });
  t.deepEqual(resolveOwners(base, [layer('p', [entry('usr/bin/ls')], true)]).get('usr/bin/ls'), [0, 0]);
});

test('a path through a link, of the base, of another tarball or of its own, is refused', (t) => {
  const link = layer('a', [entry('opt/to', 'link', '/etc')]);
  t.throws(() => resolveOwners(base, [layer('p', [entry('bin/tool')])]), {
    message: /passes through the link bin of the base/,
  });
  t.throws(() => resolveOwners(base, [link, layer('b', [entry('opt/to/passwd')])]), {
    message: /passes through the link opt\/to of a/,
  });
  t.throws(() => resolveOwners(base, [layer('a', [...link.entries, entry('opt/to/passwd')])]), {
    message: /passes through/,
  });
  const late = layer('a', [entry('opt/to/passwd'), entry('opt/to', 'link', '/etc')]);
  t.throws(() => resolveOwners(base, [late]), { code: 'PLUMP_PACKAGE' });
});

test('a file in the place of a folder is refused even with replace', (t) => {
  t.throws(() => resolveOwners(base, [layer('p', [entry('usr')], true)]), { message: /as a folder/ });
  t.throws(() => resolveOwners(base, [layer('p', [entry('usr/bin/ls', 'folder')], true)]), { message: /as a file/ });
});

test('within one tarball the later entry counts, and a hard link needs its file before it', (t) => {
  t.deepEqual(resolveOwners(base, [layer('p', [entry('x'), entry('x')])]).get('x'), [0, 1]);
  t.notThrows(() => resolveOwners(base, [layer('p', [entry('x'), entry('y', 'hardlink', 'x')])]));
  t.throws(() => resolveOwners(base, [layer('p', [entry('y', 'hardlink', 'usr/bin/ls')])]), { message: /hard link/ });
});
