import { EXIT, PlumpError } from '../base/errors.ts';
import { defineVerb } from '../base/verb.ts';
import { agentClient } from '../client/agent-client.ts';
import { bytesText } from '../terminal/bytes.ts';
import { pidOf } from './pid-word.ts';

/** `plumpos migrate PID NODE|home|best`. */
export const migrateVerb = defineVerb({
  name: 'migrate',
  group: 'Jobs',
  summary: 'move a job while it runs',
  words: 'PID NODE|home|best',
  maxWords: 2,
  details: 'Ends when the job runs there. A job that cannot move runs on where it is, and the reason is told.',
  examples: ['plumpos migrate 4711 n2', 'plumpos migrate 4711 home'],
  options: { json: { type: 'flag', help: 'the record of the move, as one JSON object' } },
  run: async ({ values, positionals: [word, to], io }) => {
    const pid = pidOf(word, 'migrate');
    if (to === undefined) throw new PlumpError('PLUMP_USAGE', 'plumpos migrate: where to? NODE, home or best');
    const move = await agentClient().jobs.migrate(pid, to === 'balance' ? 'best' : to);
    const { from, frozenMs, totalMs, bytes } = move;
    const text = `${pid} moved from ${from} to ${move.to}: ${bytesText(bytes)} in ${(totalMs / 1000).toFixed(1)} s, frozen ${Math.round(frozenMs)} ms\n`;
    io.out(values.json ? `${JSON.stringify(move)}\n` : text);
    return EXIT.done;
  },
});
