import { EXIT, PlumpError } from '../base/errors.ts';
import { defineVerb } from '../base/verb.ts';
import { agentClient } from '../client/agent-client.ts';
import type { PlaceView } from '../model/job.ts';
import type { NodeView } from '../model/member.ts';
import { whoRuns } from './who-runs.ts';

/** `plumpos all -- COMMAND`: dsh of old, as a job of the caller on every member that takes guests, and on her own. */
export const allVerb = defineVerb({
  name: 'all',
  group: 'Jobs',
  summary: 'run a command here and on every member that takes guests',
  words: '[--] COMMAND…',
  stopAtWord: true,
  details: `Each line is put out behind the name of its member. It has my files, as everywhere. Ends with 3 when it failed on some.
Heads take no guests until their owner says so (plumpos ctl noblock). Started by root on a node it runs as plump, the node's only user.`,
  examples: ['plumpos all -- uptime', 'plumpos all -- sh -c "nproc; free -m"'],
  options: {
    user: { type: 'string', value: 'NAME', help: 'as this user (for root, whose own programs stay at home)' },
  },
  run: async ({ values, positionals, io }) => {
    if (positionals.length === 0) throw new PlumpError('PLUMP_USAGE', 'plumpos all: which command?');
    const agent = agentClient();
    const [nodes, places] = await Promise.all([agent.nodes(), agent.jobs.places()]);
    const kind = nodes.find(({ self }) => self)?.kind ?? 'head';
    const as = whoRuns(values.user, process.getuid?.() ?? 0, kind, 'plumpos all --user NAME -- COMMAND');
    const members = membersFor(nodes, places);
    const { runOn } = await import('./run-on.ts');
    const statuses = await Promise.all(members.map(({ name, overlay }) => runOn(name, overlay, positionals, as, io)));
    const failed = statuses.filter((status) => status !== 0).length;
    if (failed === 0) return EXIT.done;
    return failed === members.length ? EXIT.failed : EXIT.partly;
  },
});

/** Living members that take guests, and this one. One that does not say is asked all the same: it may be busy. */
export function membersFor<T extends Pick<NodeView, 'overlay' | 'state' | 'self'>>(
  nodes: readonly T[],
  places: readonly PlaceView[],
): readonly T[] {
  const closed = new Set(places.flatMap(({ overlay, closed: reason }) => (reason === undefined ? [] : [overlay])));
  return nodes.filter(({ state, self, overlay }) => self || (state === 'alive' && !closed.has(overlay)));
}
