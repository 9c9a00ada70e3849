import { PlumpError } from './errors.ts';

/** How long somebody's stream is waited for. */
export interface Patience {
  /** Without anything more of it. */
  readonly idleMs: number;
  /** For all of it; missing: as long as it goes on. */
  readonly totalMs?: number;
  /** Gives it up from outside. */
  readonly signal?: AbortSignal;
}

/**
 * The same chunks, but whoever sends them cannot keep us waiting. Nothing is read on after an error: the stream's owner
 * closes it.
 * @throws PlumpError PLUMP_TIMEOUT; the signal's reason
 */
export async function* impatient<T>(
  stream: AsyncIterable<T>,
  { idleMs, totalMs = Infinity, signal }: Patience,
): AsyncGenerator<T> {
  const chunks = stream[Symbol.asyncIterator]();
  const end = performance.now() + totalMs;
  for (;;) {
    signal?.throwIfAborted();
    const givenUp = Promise.withResolvers<never>();
    const abort = () => givenUp.reject(signal?.reason as Error);
    const late = () => givenUp.reject(new PlumpError('PLUMP_TIMEOUT', 'nothing more comes'));
    const timer = setTimeout(late, Math.max(0, Math.min(idleMs, end - performance.now())));
    signal?.addEventListener('abort', abort, { once: true });
    try {
      const next = await Promise.race([chunks.next(), givenUp.promise]);
      if (next.done) return;
      yield next.value;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    }
  }
}
