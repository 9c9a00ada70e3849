import test from 'ava';
import { ownMemory } from '#runtime/system/cgroup-memory.ts';

const MB = 2 ** 20;

/** As a kernel of Debian 12 tells it, shortened. */
function statOf(anon: number, file: number, shmem: number): string {
  return `anon ${anon}\nfile ${file + shmem}\nkernel 2555904\nkernel_stack 98304\npagetables 131072\nsock 4096
vmalloc 0\nshmem ${shmem}\nfile_mapped 4096\nfile_dirty 0\ninactive_anon ${anon}\nactive_file ${file}
slab_reclaimable 1000000\nslab_unreclaimable 900000\nslab 1900000\nworkingset_refault_anon 0\n`;
}

test('files a job has read are not its memory: they neither move nor are in the way', (t) => {
  const without = ownMemory(statOf(10 * MB, 0, 0), '0\n');
  t.is(ownMemory(statOf(10 * MB, 200 * MB, 0), '0\n'), without);
  t.true(without >= 10 * MB && without < 11 * MB);
});

test('shared memory and what was swapped out move too', (t) => {
  const without = ownMemory(statOf(10 * MB, 0, 0), '0\n');
  t.is(ownMemory(statOf(10 * MB, 0, 30 * MB), `${5 * MB}\n`), without + 35 * MB);
});

test('a machine that counts no memory counts none', (t) => {
  t.is(ownMemory('', ''), 0);
});
