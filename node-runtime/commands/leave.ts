import { EXIT, PlumpError } from '../base/errors.ts';
import { defineVerb } from '../base/verb.ts';
import { agentAnswers, agentClient } from '../client/agent-client.ts';
import { noAgent } from '../client/no-agent.ts';

/** `plumpos leave`: goodbye, at once for the others. */
export const leaveVerb = defineVerb({
  name: 'leave',
  group: 'Cluster',
  summary: 'leave the cluster; on a head, undo the join without a trace',
  details: 'A node stays up and out of the cluster until plumpos join or a reboot.',
  examples: ['sudo plumpos leave'],
  options: {},
  run: async ({ io }) => {
    if (process.getuid?.() !== 0)
      throw new PlumpError('PLUMP_DENIED', 'only root can leave the cluster', { hint: 'sudo plumpos leave' });
    const { isHead, removeHead } = await import('../system/head/head-install.ts');
    if (isHead()) {
      await removeHead();
      io.out('left: everything the join put on this machine is gone\n');
      return EXIT.done;
    }
    if (!(await agentAnswers())) throw noAgent(undefined);
    await agentClient().leave();
    io.out('left the cluster\n');
    return EXIT.done;
  },
});
