import { PlumpError } from '../base/errors.ts';
import { agentClient } from '../client/agent-client.ts';
import { findNode } from '../model/find-node.ts';
import { LEAST_SPEED, MOST_SPEED } from '../model/speed.ts';

/** `plumpos ctl getspeed [NODE]` and `plumpos ctl setspeed N`. */
export async function ctlSpeed(
  word: 'getspeed' | 'setspeed',
  [given, more]: readonly (string | undefined)[],
  show: (answer: unknown, text: string) => void,
): Promise<void> {
  if (more !== undefined) throw new PlumpError('PLUMP_USAGE', `plumpos ctl ${word}: '${more}' is one word too many`);
  if (word === 'setspeed') {
    await agentClient().jobs.change({ speed: speedOf(given) });
    return;
  }
  const speed = given === undefined ? (await agentClient().speed()).speed : await speedOfNode(given);
  show({ speed }, `${speed}\n`);
}

/** A speed a person typed. @throws PlumpError PLUMP_USAGE */
export function speedOf(word: string | undefined): number {
  const speed = Number(word);
  if (word !== undefined && /^\d{1,6}$/.test(word) && speed >= LEAST_SPEED && speed <= MOST_SPEED) return speed;
  const what = word === undefined ? 'a speed is needed' : `'${word}' is no speed`;
  throw new PlumpError('PLUMP_USAGE', `plumpos ctl setspeed: ${what}`, {
    hint: `a whole number from ${LEAST_SPEED} to ${MOST_SPEED}; 10000 is the reference CPU`,
  });
}

async function speedOfNode(word: string): Promise<number> {
  const { name, speed } = findNode(await agentClient().nodes(), word);
  if (speed === undefined) throw new PlumpError('PLUMP_REFUSED', `the speed of ${name} is not known here`);
  return speed;
}
