import { EXIT, PlumpError } from '../base/errors.ts';
import { defineVerb } from '../base/verb.ts';
import { agentClient } from '../client/agent-client.ts';
import type { MoveReport } from '../model/job.ts';
import { bytesText } from '../terminal/bytes.ts';
import { pidOf } from './pid-word.ts';

/** `plumpos migrate PID NODE|home|best`. */
export const migrateVerb = defineVerb({
  name: 'migrate',
  group: 'Jobs',
  summary: 'move a job while it runs',
  words: 'PID NODE|home|best',
  maxWords: 2,
  details:
    'Ends when the job runs there. A job that cannot move runs on where it is, and the reason is told. --json has the time it stood still as stillMs, and as frozenMs the part of it that CRIU took, in which its memory goes to the target.',
  examples: ['plumpos migrate 4711 n2', 'plumpos migrate 4711 home'],
  options: { json: { type: 'flag', help: 'the record of the move, as one JSON object' } },
  run: async ({ values, positionals: [word, to], io }) => {
    const pid = pidOf(word, 'migrate');
    if (to === undefined) throw new PlumpError('PLUMP_USAGE', 'plumpos migrate: where to? NODE, home or best');
    const move = await agentClient().jobs.migrate(pid, to === 'balance' ? 'best' : to);
    io.out(values.json ? `${JSON.stringify(move)}\n` : moveText(move));
    return EXIT.done;
  },
});

/** A move in one line: how much, how long in all, and how long the job stood still for it (CRIU's own freeze is a part of that). */
export function moveText({ pid, from, to, bytes, frozenMs, stillMs, totalMs }: MoveReport): string {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  return `${pid} moved from ${from} to ${to}: ${bytesText(bytes)} in ${seconds(totalMs)}, stood still for ${seconds(stillMs)} (CRIU froze it for ${Math.round(frozenMs)} ms)\n`;
}
