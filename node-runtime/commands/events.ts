import { EXIT } from '../base/errors.ts';
import { defineVerb } from '../base/verb.ts';
import { agentClient } from '../client/agent-client.ts';
import type { ClusterEvent } from '../model/event.ts';

/** `plumpos events`: what happened here. */
export const eventsVerb = defineVerb({
  name: 'events',
  group: 'Cluster',
  summary: 'what happened, as this member saw it',
  examples: ['plumpos events', 'plumpos events --follow --json'],
  options: {
    follow: { type: 'flag', short: 'f', help: 'go on with new events until stopped' },
    json: { type: 'flag', help: 'one JSON object a line' },
    after: { type: 'integer', min: 0, default: 0, help: 'only events after this number' },
  },
  run: async ({ values, io }) => {
    const show = (event: ClusterEvent) => io.out(values.json ? `${JSON.stringify(event)}\n` : eventLine(event));
    const agent = agentClient();
    if (values.follow) for await (const event of agent.follow(values.after, io.signal)) show(event);
    else for (const event of await agent.events(values.after)) show(event);
    return EXIT.done;
  },
});

function eventLine(event: ClusterEvent): string {
  return `${event.time.slice(0, 19).replace('T', ' ')}  ${event.type.padEnd(18)}  ${event.text}\n`;
}
