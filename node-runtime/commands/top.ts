import { setTimeout as wait } from 'node:timers/promises';
import { EXIT } from '../base/errors.ts';
import { defineVerb } from '../base/verb.ts';
import { agentClient } from '../client/agent-client.ts';
import { jobsText } from './ps.ts';

const HOME_AND_CLEAR = '\u001b[H\u001b[J';

/** `plumpos top`: ps, again and again. */
export const topVerb = defineVerb({
  name: 'top',
  aliases: ['mtop'],
  group: 'Jobs',
  summary: 'my jobs, busiest first, until Ctrl-C; once where there is no terminal',
  examples: ['plumpos top', 'plumpos top --every 5'],
  options: {
    every: { type: 'number', min: 0.5, default: 2, value: 'SECONDS', help: 'how often' },
    json: { type: 'flag', help: 'one JSON array a line' },
  },
  run: async ({ values, io }) => {
    const { jobs } = agentClient();
    const before = new Map<string, number>();
    for (;;) {
      const all = await jobs.list();
      const used = new Map(all.map(({ id, cpuMs }) => [id, cpuMs - (before.get(id) ?? cpuMs)]));
      for (const { id, cpuMs } of all) before.set(id, cpuMs);
      const sorted = all.toSorted((a, b) => (used.get(b.id) ?? 0) - (used.get(a.id) ?? 0) || a.pid - b.pid);
      io.out(values.json ? `${JSON.stringify(sorted)}\n` : `${io.terminal ? HOME_AND_CLEAR : ''}${jobsText(sorted)}`);
      if (!io.terminal && !values.json) return EXIT.done;
      try {
        await wait((values.every ?? 2) * 1000, undefined, { signal: io.signal });
      } catch {
        return EXIT.done;
      }
    }
  },
});
