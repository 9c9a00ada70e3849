import { EXIT, PlumpError } from '../base/errors.ts';
import { defineVerb } from '../base/verb.ts';
import { agentClient } from '../client/agent-client.ts';
import { pidOf } from './pid-word.ts';

/** `plumpos renice NICE PID`. */
export const reniceVerb = defineVerb({
  name: 'renice',
  group: 'Jobs',
  summary: 'how nice a job is, wherever it is',
  words: 'NICE PID',
  maxWords: 2,
  examples: ['plumpos renice 10 4711'],
  options: {},
  run: async ({ positionals: [nice, pid] }) => {
    if (nice === undefined || !/^[+-]?\d{1,2}$/.test(nice) || Number(nice) < -20 || Number(nice) > 19)
      throw new PlumpError('PLUMP_USAGE', 'plumpos renice: NICE is a number from -20 to 19');
    await agentClient().jobs.nice(pidOf(pid, 'renice'), Number(nice));
    return EXIT.done;
  },
});

/** `plumpos wait PID`: for jobs started with --detach. */
export const waitVerb = defineVerb({
  name: 'wait',
  group: 'Jobs',
  summary: 'wait for the end of a job, and end as it ended',
  words: 'PID',
  maxWords: 1,
  examples: ['pid=$(plumpos run --detach make); plumpos wait $pid'],
  options: { json: { type: 'flag', help: 'the job, as one JSON object' } },
  run: async ({ values, positionals: [word], io }) => {
    const pid = pidOf(word, 'wait');
    for (;;) {
      const job = await agentClient().jobs.wait(pid);
      io.signal.throwIfAborted();
      if (job.state !== 'ended' || job.status === undefined) continue;
      if (job.text !== undefined) io.err(`plumpos: ${job.text}`);
      if (values.json) io.out(`${JSON.stringify(job)}\n`);
      return job.status;
    }
  },
});

/** `plumpos forget PID`: gives up a job whose host is silent. */
export const forgetVerb = defineVerb({
  name: 'forget',
  group: 'Jobs',
  summary: 'give up a job whose host is silent, instead of waiting for it',
  words: 'PID',
  maxWords: 1,
  details: 'Its host is cut off from the files of home first; the deputy ends with 125.',
  options: {},
  run: async ({ positionals: [word] }) => {
    await agentClient().jobs.forget(pidOf(word, 'forget'));
    return EXIT.done;
  },
});
