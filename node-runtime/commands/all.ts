import { EXIT, PlumpError } from '../base/errors.ts';
import { defineVerb } from '../base/verb.ts';
import { agentClient } from '../client/agent-client.ts';

/** `plumpos all -- COMMAND`: dsh of old, as a job of the caller on every member that takes guests. */
export const allVerb = defineVerb({
  name: 'all',
  group: 'Jobs',
  summary: 'run a command on every member that takes guests',
  words: '[--] COMMAND…',
  stopAtWord: true,
  details:
    'Each line is put out behind the name of its member. It has my files, as everywhere. Ends with 3 when it failed on some.',
  examples: ['plumpos all -- uptime', 'plumpos all -- sh -c "nproc; free -m"'],
  options: {
    user: { type: 'string', value: 'NAME', help: 'as this user (for root, whose own programs stay at home)' },
  },
  run: async ({ values, positionals, io }) => {
    if (positionals.length === 0) throw new PlumpError('PLUMP_USAGE', 'plumpos all: which command?');
    const nodes = (await agentClient().nodes()).filter(({ state, self }) => state === 'alive' && !self);
    if (nodes.length === 0) throw new PlumpError('PLUMP_REFUSED', 'there is no other member');
    const { runOn } = await import('./run-on.ts');
    const statuses = await Promise.all(
      nodes.map(({ name, overlay }) => runOn(name, overlay, positionals, values.user, io)),
    );
    const failed = statuses.filter((status) => status !== 0).length;
    if (failed === 0) return EXIT.done;
    return failed === nodes.length ? EXIT.failed : EXIT.partly;
  },
});
