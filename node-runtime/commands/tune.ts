import { EXIT } from '../base/errors.ts';
import { defineVerb } from '../base/verb.ts';
import { agentClient } from '../client/agent-client.ts';
import type { SpeedView } from '../model/speed.ts';

/** `plumpos tune`: measures this member's speed again. */
export const tuneVerb = defineVerb({
  name: 'tune',
  group: 'Jobs',
  summary: 'measure the speed of this member again',
  details: `It is measured at each boot, and takes two seconds. What 'plumpos ctl setspeed' said holds no longer.
10000 is the reference CPU of docs/balance.md.`,
  examples: ['sudo plumpos tune'],
  options: { json: { type: 'flag', help: 'the answer as one JSON object' } },
  run: async ({ values, io }) => {
    const view = await agentClient().tune();
    io.out(values.json ? `${JSON.stringify(view)}\n` : tuneText(view));
    return EXIT.done;
  },
});

function tuneText({ speed, measured }: SpeedView): string {
  const { integer = 0, float = 0, alone = speed } = measured ?? {};
  const siblings = alone === speed ? [] : [`a CPU that has its core to itself ${alone}`];
  return `${[`speed ${speed}`, `integer ${integer}, floating point ${float}`, ...siblings].join('\n')}\n`;
}
