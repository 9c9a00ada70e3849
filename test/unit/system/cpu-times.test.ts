import test from 'ava';
import { parseCpuTimes, parseTaskWaited } from '#runtime/system/cpu-times.ts';
import { parseMemoryState } from '#runtime/system/memory-state.ts';

const SCHEDSTAT = `version 15
timestamp 4295151421
cpu0 0 0 0 0 0 0 30000000000 70000000000 9000
domain0 3 0 0 0
cpu1 0 0 0 0 0 0 2000000000 0 80
`;
const STAT = `cpu  100 20 30 40000 500 6 4 0 0 0
cpu0 100 20 30 40000 500 6 4 0 0 0
procs_running 3
`;

test('what ran and what waited on all CPUs is what was wanted', (t) => {
  t.deepEqual(parseCpuTimes(SCHEDSTAT, STAT), { ms: 71_600, waits: true });
});

test('a kernel without /proc/schedstat tells what ran', (t) => {
  t.deepEqual(parseCpuTimes('', STAT), { ms: 1600, waits: false });
  t.deepEqual(parseCpuTimes('', ''), { ms: 0, waits: false });
  t.deepEqual(parseCpuTimes('version 99\ncpu0 odd\n', STAT), { ms: 1600, waits: false });
});

test('what a task waited for is the second number of its schedstat', (t) => {
  t.is(parseTaskWaited('85788000 2500000 2\n'), 2.5);
  t.is(parseTaskWaited(''), 0);
});

test('memory is told by what is available and by how long tasks waited for it', (t) => {
  const meminfo = 'MemTotal:         524288 kB\nMemFree:  1 kB\nMemAvailable:    131072 kB\n';
  const pressure = 'some avg10=12.34 avg60=0.00 avg300=0.00 total=0\nfull avg10=9.00 avg60=0.00 avg300=0.00 total=0\n';
  t.deepEqual(parseMemoryState(meminfo, pressure), { somePercent: 12.34, freeMB: 128, totalMB: 512 });
  t.is(parseMemoryState(meminfo, '').somePercent, 0);
});
