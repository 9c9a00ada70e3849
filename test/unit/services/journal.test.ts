import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { Job } from '#runtime/core/jobs/job.ts';
import { JobFiles } from '#runtime/services/home/journal.ts';
import { MoveRoom } from '../../helpers/move-room/move-room.ts';

const SELF = 'fd00::1';

async function given(t: ExecutionContext): Promise<{ folder: string; job: Job }> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'plumpos-journal-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return { folder, job: await new MoveRoom().run('home') };
}

test('of the jobs that ended the last hundred are kept, short, and none is taken for one that runs', async (t) => {
  const { folder, job } = await given(t);
  const journal = new JobFiles(folder, SELF);
  for (let i = 0; i < 120; i++)
    await journal.keepEnded({
      ...job,
      id: i.toString(16).padStart(8, '0'),
      startedAt: i,
      end: { status: i, text: '' },
    });
  await journal.put(job, false);
  const next = new JobFiles(folder, SELF);
  t.deepEqual(next.load(), JSON.parse(JSON.stringify([job])));
  t.deepEqual(
    next.ended().map(({ end }) => end?.status),
    Array.from({ length: 100 }, (_, i) => i + 20),
  );
  t.deepEqual(next.ended()[0]?.spec.env, []);
});

test('jobs of another boot are forgotten, the ended ones too', async (t) => {
  const { folder, job } = await given(t);
  const journal = new JobFiles(folder, SELF);
  await journal.put(job, true);
  await journal.keepEnded({ ...job, end: { status: 0, text: '' } });
  const next = new JobFiles(folder, 'fd00::2');
  t.deepEqual(next.load(), []);
  t.deepEqual(next.ended(), []);
  t.deepEqual(readdirSync(folder), []);
});

test('the record of a job that was written before signals were held is read', async (t) => {
  const { folder, job } = await given(t);
  await new JobFiles(folder, SELF).put(job, false);
  const file = path.join(folder, `${job.id}.json`);
  const kept = JSON.parse(readFileSync(file, 'utf8')) as { job: Partial<Job> };
  delete kept.job.signals;
  writeFileSync(file, JSON.stringify(kept));
  t.deepEqual(new JobFiles(folder, SELF).load()[0]?.signals, []);
});
