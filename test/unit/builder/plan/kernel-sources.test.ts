import { symlinkSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { findKernels, nameFromRelease, namesTaken } from '#builder/plan/kernel-sources.ts';
import { folderWith } from '../../../helpers/folder-with.ts';

test('without any kernel of the user the stock kernel is taken', (t) => {
  const cwd = folderWith(t, ['kernels/README.md']);
  t.deepEqual(findKernels([], cwd), [{ form: 'stock', path: '' }]);
});

test('all four forms are told apart; the first --kernel is first, drop-ins follow', (t) => {
  const files = [
    'mine/bzImage',
    'x.deb',
    'src/arch/x86/boot/bzImage',
    'vmlinuz-6.1',
    'kernels/K1/bzImage',
    'rootdisk/kernels/OLD.1/bzImage',
  ];
  const cwd = folderWith(t, files);
  const found = findKernels(['mine', 'x.deb', 'BIG=src', 'vmlinuz-6.1'], cwd);
  t.deepEqual(
    found.map((one) => [one.form, path.relative(cwd, one.path), one.name]),
    [
      ['folder', 'mine', 'mine'],
      ['deb', 'x.deb', undefined],
      ['tree', 'src', 'BIG'],
      ['bare', 'vmlinuz-6.1', undefined],
      ['folder', 'kernels/K1', 'K1'],
      ['folder', 'rootdisk/kernels/OLD.1', 'OLD.1'],
    ],
  );
});

test('a drop-in named by --kernel too is there once, and is the default', (t) => {
  const cwd = folderWith(t, ['kernels/a/bzImage', 'kernels/b/bzImage']);
  t.deepEqual(
    findKernels(['kernels/b'], cwd).map((one) => one.name),
    ['b', 'a'],
  );
});

const refused = (t: Parameters<typeof folderWith>[0], files: readonly string[], ...specs: string[]) => {
  const cwd = folderWith(t, files);
  return () => findKernels(specs, cwd);
};

test('a wrong kernel path, folder or name is refused with what to do', (t) => {
  const kernel = { code: 'PLUMP_KERNEL' };
  t.throws(refused(t, [], 'nowhere'), { ...kernel, message: /nowhere does not exist/ });
  t.throws(refused(t, ['mine/modules.tgz'], 'mine'), { ...kernel, message: /has no bzImage/ });
  t.throws(refused(t, ['kernels/empty/config']), { ...kernel, message: /kernels\/empty has no bzImage/ });
  t.throws(refused(t, ['my-kernel/bzImage'], 'my-kernel'), { ...kernel, message: /'my-kernel' cannot be the name/ });
  t.throws(refused(t, ['kernels/muchtoolong/bzImage']), { ...kernel, message: /'muchtoolong' cannot be the name/ });
  t.throws(refused(t, ['a.b.c/bzImage'], 'a.b.c'), { ...kernel, message: /'a.b.c'/ });
  t.throws(refused(t, ['one/bzImage', 'kernels/ONE/bzImage'], 'one'), { ...kernel, message: /two kernels are called/ });
  t.notThrows(refused(t, ['my-kernel/bzImage'], 'mine=my-kernel'));
});

test('a kernel without a name of its own gets a short one from its release', (t) => {
  t.is(nameFromRelease('6.1.0-56-amd64', []), 'linux61');
  t.is(nameFromRelease('6.12.9', ['LINUX612']), 'linux612.2');
  t.is(nameFromRelease('6.12.9', ['linux612', 'linux612.2']), 'linux612.3');
});

test('a kernel without a name of its own never gets that of a drop-in that follows', (t) => {
  const cwd = folderWith(t, ['x.deb', 'kernels/linux61/bzImage']);
  const kernels = findKernels(['x.deb'], cwd);
  t.is(nameFromRelease('6.1.0-56-amd64', namesTaken(kernels, [])), 'linux61.2');
  t.is(nameFromRelease('6.1.0-56-amd64', namesTaken(kernels, [{ name: 'linux61.2' }])), 'linux61.3');
});

test('a link to nothing among the kernels, and a bzImage that is a folder, are told', (t) => {
  const cwd = folderWith(t, ['kernels/a/bzImage', 'odd/bzImage/x']);
  t.throws(() => findKernels(['odd'], cwd), { code: 'PLUMP_KERNEL', message: /odd has no bzImage/ });
  symlinkSync('nowhere', path.join(cwd, 'kernels/b'));
  t.throws(() => findKernels([], cwd), { code: 'PLUMP_KERNEL', message: /kernels\/b is a link to nothing/ });
});
