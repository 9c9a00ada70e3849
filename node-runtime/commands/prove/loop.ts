/** Of the sequence that a loop computes: each number is the one before times FACTOR plus STEP, modulo MODULUS. */
const FACTOR = 16_807;
const STEP = 1;
const MODULUS = 65_521;

/** A trial this long tells how fast a machine loops, whatever starting a program takes (s). */
const TRIAL_S = 2;
const FIRST_ROUNDS = 50_000;

/**
 * The words of a loop of awk's, as in the article of 2003, that prints one number: it depends on each of its rounds, so that one
 * that lost something on its way does not print it.
 * @param name is among its words, which tell it from others in a list of jobs
 */
export function loopCommand(rounds: number, name: string): readonly string[] {
  const round = `s = (s * ${FACTOR} + ${STEP}) % ${MODULUS}`;
  return ['awk', '-v', `loop=${name}`, `BEGIN { for (i = 0; i < ${rounds}; i++) ${round}; print s }`];
}

/** What that loop prints, reckoned in a moment: so many rounds are one affine map, made by squaring. */
export function loopResult(rounds: number): number {
  let [factor, step] = [FACTOR, STEP];
  let result = 0;
  for (let left = rounds; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = (result * factor + step) % MODULUS;
    [factor, step] = [(factor * factor) % MODULUS, (factor * step + step) % MODULUS];
  }
  return result;
}

/**
 * How many rounds take so many seconds here.
 * @param time runs a loop and tells how long it took (s)
 */
export async function roundsFor(seconds: number, time: (rounds: number) => Promise<number>): Promise<number> {
  const enough = Math.min(TRIAL_S, seconds / 4);
  for (let rounds = FIRST_ROUNDS; ; rounds *= 4) {
    const took = await time(rounds);
    if (took >= enough) return Math.max(1, Math.round((rounds / took) * seconds));
  }
}
