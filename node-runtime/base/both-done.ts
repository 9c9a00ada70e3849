/**
 * As Promise.all of two, but when one fails the other is waited for all the same: what comes after does not run beside it.
 * @throws what the first of them failed with, or else the second
 */
export async function bothDone<A, B>(first: Promise<A>, second: Promise<B>): Promise<readonly [A, B]> {
  await Promise.allSettled([first, second]);
  return [await first, await second];
}
