import test from 'ava';
import { makeSound } from '#builder/host/sound-squashfs.ts';

/** Tools whose unsquashfs finds the first `bad` files damaged; remembers how mksquashfs was called. */
function machine(bad: number) {
  const made: string[] = [];
  let left = bad;
  const run = async () => {
    if (left-- > 0) throw new Error('zstd uncompress failed with error code 20');
    return { stdout: '', stderr: '' };
  };
  const make = async (more: readonly string[]) => void made.push(more.join(' '));
  return { made, pack: () => makeSound({ run }, 'root.squashfs', make) };
}

test('a squashfs that reads back whole is made once', async (t) => {
  const { made, pack } = machine(0);
  await pack();
  t.deepEqual(made, ['']);
});

test('a damaged one is made again, with one thread', async (t) => {
  const { made, pack } = machine(1);
  await pack();
  t.deepEqual(made, ['', '-processors 1']);
});

test('damaged twice is an error that says how', async (t) => {
  const { pack } = machine(2);
  await t.throwsAsync(pack, { code: 'PLUMP_TOOL', message: /damaged root\.squashfs, twice: .*zstd uncompress failed/ });
});
