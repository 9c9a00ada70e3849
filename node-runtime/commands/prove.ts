import { EXIT } from '../base/errors.ts';
import { defineVerb } from '../base/verb.ts';
import { agentClient } from '../client/agent-client.ts';
import { whoRuns } from './who-runs.ts';

/** `plumpos prove`: what the cluster gains, measured as in the article of 2003. */
export const proveVerb = defineVerb({
  name: 'prove',
  group: 'Cluster',
  summary: 'measure what the cluster gains: loops held here, balanced, and placed by hand',
  details: `Two equal loops of awk (on a PC with more CPUs: one more for each CPU that others help with) run here, held; then they start here and are left to the
balancer; then they are placed by hand; then so many for each CPU of the cluster run wherever the balancer has them. The speed-up is
held ÷ balanced, the ceiling held ÷ by hand, in the same run. One that prints a wrong number makes the exit status 1.
Takes about five times --seconds. docs/balance.md says how to read it.`,
  examples: ['plumpos prove', 'sudo plumpos prove --user alice --seconds 300', 'plumpos prove --seconds 30 --json'],
  options: {
    seconds: { type: 'integer', value: 'S', min: 1, default: 120, help: 'that one loop takes alone on a CPU here' },
    'per-cpu': { type: 'integer', value: 'K', min: 0, default: 1, help: 'loops for each CPU at the end; 0: none' },
    user: { type: 'string', value: 'NAME', help: 'as this user (for root, whose own programs stay at home)' },
    json: { type: 'flag', help: 'the figures as one JSON object' },
  },
  run: async ({ values, io }) => {
    const agent = agentClient();
    const { jobs } = agent;
    const [nodes, places, settings] = await Promise.all([agent.nodes('missing'), jobs.places(), jobs.settings()]);
    const kind = nodes.find(({ self }) => self)?.kind ?? 'head';
    const as = whoRuns(values.user, process.getuid?.() ?? 0, kind, 'plumpos prove --user NAME');
    const { prove } = await import('./prove/prove.ts');
    const report = await prove(
      { agent, views: { nodes, places }, settings, as, io },
      values.seconds,
      values['per-cpu'],
    );
    const { reportText } = await import('./prove/report.ts');
    io.out(values.json ? `${JSON.stringify(report)}\n` : reportText(report));
    return report.right ? EXIT.done : EXIT.failed;
  },
});
