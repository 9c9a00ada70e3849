/** Length of one turn of running and standing still: short for the guest's timers, long for ours. */
const TURN_MS = 20;

/**
 * Makes a virtual PC slower by stopping QEMU for part of the time. Its clock goes on, so the guest sees a slow CPU (unlike
 * with QMP's stop, where it sees a fast one and a clock that is late).
 * @param fraction of the time it runs, 0 < fraction < 1.
 */
export function slowDown(pid: number, fraction: number): Disposable {
  let timer: NodeJS.Timeout | undefined;
  let ended = false;
  const send = (signal: NodeJS.Signals) => {
    try {
      process.kill(pid, signal);
    } catch {
      ended = true;
    }
  };
  const turn = (running: boolean) => {
    if (ended) return;
    send(running ? 'SIGCONT' : 'SIGSTOP');
    timer = setTimeout(turn, TURN_MS * (running ? fraction : 1 - fraction), !running);
    timer.unref();
  };
  turn(true);
  return {
    [Symbol.dispose]() {
      ended = true;
      clearTimeout(timer);
      send('SIGCONT');
    },
  };
}
