import test from 'ava';
import { runAva } from '#builder/host/ava.ts';

/** What is told beside the tests of an ava that prints these lines and then ends with `status`, or hangs until it is stopped. */
async function told(lines: readonly string[], status: number | undefined): Promise<readonly string[]> {
  const stopped = Promise.withResolvers<void>();
  const written = async function* () {
    yield* lines;
    if (status === undefined) await stopped.promise;
  };
  return await runAva({
    kind: 'unit',
    concurrency: 1,
    hangMinutes: 0.001,
    signal: new AbortController().signal,
    onResult: () => {},
    start: () => ({
      lines: written(),
      ended: async () => ({ status: status ?? 'SIGTERM', stderr: 'cause' }),
      stop: () => stopped.resolve(),
    }),
  });
}

test('a run that hangs is stopped, and the test after which nothing came is named', async (t) => {
  t.deepEqual(await told(['ok 1 - a', 'not ok 2 - b'], undefined), [
    "nothing came for 0.001 minutes after 'b': stopped\ncause",
  ]);
});

test('a run that ends early is a failure of its own, although a test had failed before', async (t) => {
  t.deepEqual(await told(['not ok 1 - a'], 1), ['ava ended with 1: cause']);
  t.deepEqual(await told(['not ok 1 - a', '1..1'], 1), []);
  t.deepEqual(await told(['ok 1 - a', '1..1'], 0), []);
});
