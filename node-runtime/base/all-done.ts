/**
 * Promise.all, but when one fails the others are waited for all the same: what comes after does not run beside them.
 * @throws what the first of them (in their order) failed with
 */
export async function allDone<T extends readonly unknown[]>(
  work: readonly [...{ [K in keyof T]: Promise<T[K]> }],
): Promise<T> {
  await Promise.allSettled(work);
  return (await Promise.all(work)) as unknown as T;
}
