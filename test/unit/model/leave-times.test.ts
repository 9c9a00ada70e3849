import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { LEAVE_TIMES } from '#runtime/model/leave-times.ts';

const SHUTDOWN = path.resolve(import.meta.dirname, '../../../rootfs/root/usr/lib/plumpos/boot/shutdown');

test('who leaves has the time for it: each limit is longer than what it waits for', (t) => {
  const { guests, ownJobs, agent, killed, asked } = LEAVE_TIMES;
  // Killing what is left, byebye and the leases: its slowest part is a task that does not die, 10 s (services/guests/guest.ts).
  t.true(guests + ownJobs + 10_000 < agent);
  t.true(agent < killed && killed < asked);
  const [, times, seconds] = /\$\(seq (\d+)\)[\s\S]*sleep ([\d.]+)/.exec(readFileSync(SHUTDOWN, 'utf8')) ?? [];
  t.is(Number(times) * Number(seconds) * 1000, killed);
});
