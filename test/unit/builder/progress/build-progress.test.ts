import test from 'ava';
import { runSteps, type Step } from '#builder/progress/build-progress.ts';

const STEPS: readonly Step[] = [
  { title: 'Preparing', run: async () => undefined },
  {
    title: 'Packing',
    run: async (report) => {
      report.notice('the first part');
      report.warn('a driver is missing');
      return 'changed: sources';
    },
  },
  { title: 'Failing', run: async () => Promise.reject(new Error('the disk is gone')) },
];

for (const style of ['moving', 'plain', 'json'] as const)
  test(`the log of a build has every step and why, every notice and warning, also when one fails (${style})`, async (t) => {
    const log: string[] = [];
    const err: string[] = [];
    const io = { env: {}, cwd: '/', interactive: false, terminal: false, signal: new AbortController().signal };
    const deaf = { ...io, out: () => {}, err: (line: string) => void err.push(line) };
    await t.throwsAsync(
      runSteps(STEPS, style, deaf, (line) => void log.push(line)),
      { message: /the disk is gone/ },
    );
    t.deepEqual(
      log.map((line) => line.replace(/, [\d.]+ s$/, '')),
      [
        'step Preparing: cached',
        'notice Packing: the first part',
        'warning Packing: a driver is missing',
        'step Packing: changed: sources',
      ],
    );
    if (style !== 'json') t.true(err.some((line) => line.includes('warning: a driver is missing')));
  });
