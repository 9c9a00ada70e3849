import os from 'node:os';
import { EXIT, messageOf, PlumpError } from '../base/errors.ts';
import { defineVerb, type Io, type Verb } from '../base/verb.ts';
import { agentClient } from '../client/agent-client.ts';
import { pidOf } from './pid-word.ts';

const { SIGTERM, SIGSTOP, SIGCONT } = os.constants.signals;

/** `plumpos kill PID…`; kill(1) does as well: the deputy passes signals on. */
export const killVerb = defineVerb({
  name: 'kill',
  group: 'Jobs',
  summary: 'send a signal to jobs, wherever they are',
  words: 'PID…',
  details: 'As of kill(1), -KILL, -SIGKILL and -9 are the same as -s KILL.',
  examples: ['plumpos kill 4711', 'plumpos kill -9 4711', 'plumpos kill -s HUP 4711'],
  rewrite: withSignal,
  options: {
    signal: { type: 'string', short: 's', value: 'SIGNAL', help: 'its name or number (TERM)' },
  },
  run: ({ values, positionals, io }) =>
    sendAll('kill', positionals, values.signal === undefined ? SIGTERM : signalOf(values.signal), io),
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
    run: ({ positionals, io }) => sendAll(name, positionals, signal, io),
  });
}

/** To every one of them, whatever is wrong with another. */
async function sendAll(verb: string, words: readonly string[], signal: number, io: Io): Promise<number> {
  const pids = words.length === 0 ? [pidOf(undefined, verb)] : words.map((word) => pidOf(word, verb));
  const { jobs } = agentClient();
  const errors: unknown[] = [];
  for (const pid of pids) await jobs.signal(pid, signal).catch((error: unknown) => void errors.push(error));
  if (pids.length === 1 && errors.length === 1) throw errors[0];
  for (const error of errors) io.err(`plumpos: ${messageOf(error)}`);
  return errors.length === 0 ? EXIT.done : errors.length < pids.length ? EXIT.partly : EXIT.failed;
}

/** `-9` and `-KILL` before the PIDs, as kill(1) takes them, are `-s 9` and `-s KILL`. */
function withSignal([first, ...rest]: readonly string[]): readonly string[] {
  const old = /^-(\d{1,2}|[A-Z][A-Z0-9+-]+)$/.exec(first ?? '')?.[1];
  return old === undefined ? [first, ...rest].filter((word) => word !== undefined) : ['-s', old, ...rest];
}

function signalOf(word: string): number {
  const name = word.toUpperCase().replace(/^(?:SIG)?/, 'SIG');
  const known = (os.constants.signals as Readonly<Record<string, number>>)[name];
  const number = known ?? (/^\d{1,2}$/.test(word) ? Number(word) : 0);
  if (number >= 1 && number <= 64) return number;
  throw new PlumpError('PLUMP_USAGE', `plumpos kill: '${word}' is no signal`);
}
