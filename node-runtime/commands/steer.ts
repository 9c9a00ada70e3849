import { EXIT, PlumpError } from '../base/errors.ts';
import { defineVerb } from '../base/verb.ts';
import { agentClient } from '../client/agent-client.ts';
import type { JobView } from '../model/job.ts';
import { pidOf } from './pid-word.ts';

/** `plumpos lock PID`. */
export const lockVerb = defineVerb({
  name: 'lock',
  group: 'Jobs',
  summary: 'leave a job where it is: neither the balancer nor migrate moves it',
  words: 'PID',
  maxWords: 1,
  details: "As --nomig does from its start on. Once 'echo 1 >/proc/PID/lock'; now /run/hpc/PID/lock does it, too.",
  examples: ['plumpos lock 4711'],
  options: {},
  run: ({ positionals: [word] }) => lock(word, true),
});

/** `plumpos unlock PID`. */
export const unlockVerb = defineVerb({
  name: 'unlock',
  group: 'Jobs',
  summary: 'let a locked job be moved again',
  words: 'PID',
  maxWords: 1,
  examples: ['plumpos unlock 4711'],
  options: {},
  run: ({ positionals: [word] }) => lock(word, false),
});

async function lock(word: string | undefined, locked: boolean): Promise<number> {
  await agentClient().jobs.steer(pidOf(word, locked ? 'lock' : 'unlock'), { locked });
  return EXIT.done;
}

/** `plumpos mask PID`. */
export const maskVerb = defineVerb({
  name: 'mask',
  group: 'Jobs',
  summary: 'which members a job may be on, from now on',
  words: 'PID',
  maxWords: 1,
  details: `As 'plumpos run --only' and '--not' say it at its start. A job that is where it may not be stays there until it is moved; home takes
its jobs back whatever their masks say. Without an option: the mask it has. Once migfilter, migpolicy and mignodes, which /run/hpc/PID has, too.`,
  examples: ['plumpos mask 4711 --only n1,n3', 'plumpos mask 4711 --not n2', 'plumpos mask 4711 --none'],
  options: {
    only: { type: 'string', value: 'NODE,…', help: 'on these members only' },
    not: { type: 'string', value: 'NODE,…', help: 'not on these members' },
    none: { type: 'flag', help: 'on all members' },
    json: { type: 'flag', help: 'the mask as one JSON object' },
  },
  run: async ({ values, positionals: [word], io }) => {
    const pid = pidOf(word, 'mask');
    const { only, not, none } = values;
    if (none && (only !== undefined || not !== undefined))
      throw new PlumpError('PLUMP_USAGE', 'plumpos mask: --none excludes --only and --not');
    const { jobs } = agentClient();
    if (none || only !== undefined || not !== undefined) {
      const words = (text: string | undefined) => text?.split(',');
      await jobs.steer(pid, { mask: { only: words(only), not: words(not) } });
      return EXIT.done;
    }
    const job = (await jobs.list()).find((one) => one.pid === pid);
    if (job === undefined) throw new PlumpError('PLUMP_REFUSED', `${pid} is no job of yours`);
    io.out(values.json ? `${JSON.stringify(maskOfView(job))}\n` : maskLine(job));
    return EXIT.done;
  },
});

function maskOfView({ only, not }: JobView) {
  return { ...(only && { only }), ...(not && { not }) };
}

function maskLine({ only, not }: JobView): string {
  if (only !== undefined) return `only ${only.join(',')}\n`;
  return not === undefined ? 'all members\n' : `not ${not.join(',')}\n`;
}
