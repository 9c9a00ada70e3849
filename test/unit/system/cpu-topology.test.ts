import { writeFileSync } from 'node:fs';
import test from 'ava';
import { readCpus } from '#runtime/system/cpu-topology.ts';
import { folderWith } from '../../helpers/folder-with.ts';

test('the CPUs a process may use are read with their siblings and clocks, as far as the kernel tells', (t) => {
  const siblings = (cpu: number) => `cpu${cpu}/topology/thread_siblings_list`;
  const clock = 'cpu8/cpufreq/cpuinfo_max_freq';
  const folder = folderWith(t, [siblings(1), siblings(8), clock]);
  writeFileSync(`${folder}/${siblings(1)}`, '0-1\n');
  writeFileSync(`${folder}/${siblings(8)}`, '8,10\n');
  writeFileSync(`${folder}/${clock}`, '3400000\n');
  t.deepEqual(readCpus(folder, 'Name:\tx\nCpus_allowed:\tf0\nCpus_allowed_list:\t1-2,8\n'), [
    { cpu: 1, siblings: [0, 1], maxKHz: 0 },
    { cpu: 2, siblings: [2], maxKHz: 0 },
    { cpu: 8, siblings: [8, 10], maxKHz: 3_400_000 },
  ]);
});

test('this very machine has a CPU, and it is its own sibling', (t) => {
  const cpus = readCpus();
  t.true(cpus.length > 0 && cpus.every(({ cpu, siblings }) => siblings.includes(cpu)));
});
