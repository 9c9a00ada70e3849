/** Time as the pure parts see it, so that tests and the simulator can bring their own. */
export interface Clock {
  /** Milliseconds since an arbitrary start; never goes back, unaffected by setting the wall clock. */
  now(): number;
  /** Wall clock, milliseconds since 1970. For people and records only, never for a protocol's deadlines. */
  wall(): number;
  /** Runs `action` once after `ms` milliseconds; disposing the result cancels it. */
  after(ms: number, action: () => void): Disposable;
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The clock of this machine. Timers do not keep the process alive when `unref` is true. */
export function systemClock({ unref = false } = {}): Clock {
  return {
    now: () => performance.now(),
    wall: () => Date.now(),
    after(ms, action) {
      const timer = setTimeout(action, Math.max(0, Math.min(ms, LONGEST_TIMER_MS)));
      if (unref) timer.unref();
      return { [Symbol.dispose]: () => clearTimeout(timer) };
    },
  };
}

/** Waits `ms` milliseconds, or rejects with the signal's reason when `signal` aborts first. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const onAbort = () => {
      timer[Symbol.dispose]();
      reject(signal?.reason as Error);
    };
    const timer = clock.after(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
