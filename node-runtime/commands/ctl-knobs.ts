import { PlumpError } from '../base/errors.ts';
import { agentClient } from '../client/agent-client.ts';
import { MOST_INTERVAL_S } from '../model/decay.ts';
import { findNode } from '../model/find-node.ts';
import { STANDARD_SPEED } from '../model/speed.ts';
import { speedOf } from './ctl-speed.ts';

type Show = (answer: unknown, text: string) => void;
type Words = readonly (string | undefined)[];

/** The words of `plumpos ctl` about how speed and load are counted and shown. */
export const CTL_KNOBS: Readonly<Record<string, (words: Words, show: Show) => Promise<void>>> = {
  async setspeed(words) {
    checkEnd('setspeed', words, 1);
    await agentClient().jobs.change({ speed: speedOf(words[0]) });
  },
  async getyard(words, show) {
    checkEnd('getyard', words, 0);
    const { yard } = await agentClient().jobs.settings();
    show({ yard }, `${String(yard)}\n`);
  },
  async setyard(words) {
    checkEnd('setyard', words, 1);
    await agentClient().jobs.change({ yard: await yardOf(words[0]) });
  },
  async getdecay(words, show) {
    checkEnd('getdecay', words, 0);
    const { decaySeconds: interval, slowDecay: slow, fastDecay: fast } = await agentClient().jobs.settings();
    show({ interval, slow, fast }, `${String(interval)} ${String(slow)} ${String(fast)}\n`);
  },
  async setdecay(words) {
    checkEnd('setdecay', words, 3);
    await agentClient().jobs.change(decayOf(words));
  },
};

/** A decay a person typed: INTERVAL in seconds, or that with SLOW and FAST in parts of 1000. @throws PlumpError PLUMP_USAGE */
export function decayOf([interval, slow, fast]: Words): Readonly<Record<string, number>> {
  const decaySeconds = numberOf(interval, 1, MOST_INTERVAL_S);
  if (slow === undefined && fast === undefined) return { decaySeconds };
  const [slowDecay, fastDecay] = [numberOf(slow, 0, 1000), numberOf(fast, 0, 1000)];
  return { decaySeconds, slowDecay, fastDecay };
}

function numberOf(word: string | undefined, least: number, most: number): number {
  const number = Number(word);
  if (word !== undefined && /^\d{1,4}$/.test(word) && number >= least && number <= most) return number;
  throw new PlumpError(
    'PLUMP_USAGE',
    `plumpos ctl setdecay: ${word === undefined ? 'a number is missing' : `'${word}' cannot be`}`,
    {
      hint: `setdecay INTERVAL [SLOW FAST]: seconds from 1 to ${MOST_INTERVAL_S}, and parts of 1000 that are left after so long`,
    },
  );
}

async function yardOf(word: string | undefined): Promise<number | undefined> {
  if (word === undefined)
    throw new PlumpError('PLUMP_USAGE', 'plumpos ctl setyard: whose speed is 100?', {
      hint: 'setyard NODE, setyard this, or setyard standard (the reference CPU)',
    });
  if (word === 'standard') return STANDARD_SPEED;
  const nodes = await agentClient().nodes('missing');
  const node = word === 'this' ? nodes.find(({ self }) => self) : findNode(nodes, word);
  if (node?.speed === undefined)
    throw new PlumpError('PLUMP_REFUSED', `the speed of ${node?.name ?? 'this member'} is not known here`);
  return node.speed;
}

/** @throws PlumpError PLUMP_USAGE when there are more words than these */
export function checkEnd(name: string, words: Words, most: number): void {
  const more = words[most];
  if (more !== undefined) throw new PlumpError('PLUMP_USAGE', `plumpos ctl ${name}: '${more}' is one word too many`);
}
