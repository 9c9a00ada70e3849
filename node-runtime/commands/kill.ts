import os from 'node:os';
import { EXIT, PlumpError } from '../base/errors.ts';
import { defineVerb, type Verb } from '../base/verb.ts';
import { agentClient } from '../client/agent-client.ts';
import { pidOf } from './pid-word.ts';

const { SIGTERM, SIGSTOP, SIGCONT } = os.constants.signals;

/** `plumpos kill PID…`; kill(1) does as well: the deputy passes signals on. */
export const killVerb = defineVerb({
  name: 'kill',
  group: 'Jobs',
  summary: 'send a signal to jobs, wherever they are',
  words: 'PID…',
  examples: ['plumpos kill 4711', 'plumpos kill -s HUP 4711'],
  options: {
    signal: { type: 'string', short: 's', value: 'SIGNAL', help: 'its name or number (TERM)' },
  },
  run: async ({ values, positionals }) => {
    await sendAll('kill', positionals, values.signal === undefined ? SIGTERM : signalOf(values.signal));
    return EXIT.done;
  },
});

/** `plumpos stop PID…` */
export const stopVerb = sendingVerb('stop', 'make jobs stand still', SIGSTOP);

/** `plumpos cont PID…` */
export const contVerb = sendingVerb('cont', 'let stopped jobs go on', SIGCONT);

function sendingVerb(name: string, summary: string, signal: number): Verb {
  return defineVerb({
    name,
    group: 'Jobs',
    summary,
    words: 'PID…',
    options: {},
    run: async ({ positionals }) => {
      await sendAll(name, positionals, signal);
      return EXIT.done;
    },
  });
}

async function sendAll(verb: string, words: readonly string[], signal: number): Promise<void> {
  const pids = words.length === 0 ? [pidOf(undefined, verb)] : words.map((word) => pidOf(word, verb));
  for (const pid of pids) await agentClient().jobs.signal(pid, signal);
}

function signalOf(word: string): number {
  const name = word.toUpperCase().replace(/^(?:SIG)?/, 'SIG');
  const known = (os.constants.signals as Readonly<Record<string, number>>)[name];
  const number = known ?? (/^\d{1,2}$/.test(word) ? Number(word) : 0);
  if (number >= 1 && number <= 64) return number;
  throw new PlumpError('PLUMP_USAGE', `plumpos kill: '${word}' is no signal`);
}
