import { EXIT, PlumpError } from '../base/errors.ts';
import { defineVerb } from '../base/verb.ts';
import { agentAnswers, agentClient } from '../client/agent-client.ts';
import { noAgent } from '../client/no-agent.ts';
import type { Status } from '../model/status.ts';

/** `plumpos leave`: goodbye, at once for the others. */
export const leaveVerb = defineVerb({
  name: 'leave',
  group: 'Cluster',
  summary: 'leave the cluster; on a head, undo the join without a trace',
  details:
    'Guests get 30 s to move elsewhere; own jobs end. A node stays up and out of the cluster until plumpos join or a reboot.',
  examples: ['sudo plumpos leave'],
  options: { json: { type: 'flag', help: 'what was left, as one JSON object' } },
  run: async ({ values, io }) => {
    const say = (kind: Status['kind'], text: string) =>
      io.out(values.json ? `${JSON.stringify({ left: true, kind })}\n` : `${text}\n`);
    if (process.getuid?.() !== 0)
      throw new PlumpError('PLUMP_DENIED', 'only root can leave the cluster', { hint: 'sudo plumpos leave' });
    const { isHead, removeHead } = await import('../system/head/head-install.ts');
    if (isHead()) {
      await removeHead();
      say('head', 'left: everything the join put on this machine is gone');
      return EXIT.done;
    }
    if (!(await agentAnswers())) throw noAgent(undefined);
    await agentClient().leave();
    say('node', 'left the cluster');
    return EXIT.done;
  },
});
