import { PlumpError } from '../base/errors.ts';
import { LEAST_SPEED, MOST_SPEED } from '../model/speed.ts';

/** A speed a person typed. @throws PlumpError PLUMP_USAGE */
export function speedOf(word: string | undefined): number {
  const speed = Number(word);
  if (word !== undefined && /^\d{1,6}$/.test(word) && speed >= LEAST_SPEED && speed <= MOST_SPEED) return speed;
  const what = word === undefined ? 'a speed is needed' : `'${word}' is no speed`;
  throw new PlumpError('PLUMP_USAGE', `plumpos ctl setspeed: ${what}`, {
    hint: `a whole number from ${LEAST_SPEED} to ${MOST_SPEED}; 10000 is the reference CPU`,
  });
}
