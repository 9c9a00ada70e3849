import { VirtualClock as SimulatedClock } from '#runtime/simulator/virtual-clock.ts';

/** The simulator's clock for code that waits for promises, too. */
export class VirtualClock extends SimulatedClock {
  /** As {@link pass}, letting promises settle after every timer. */
  async passGently(ms: number): Promise<void> {
    const end = this.now() + ms;
    await settled();
    for (let due = this.nextDue(); due !== undefined && due <= end; due = this.nextDue()) {
      this.pass(Math.max(0, due - this.now()));
      await settled();
    }
    this.pass(end - this.now());
  }
}

/** Everything that only waits for promises is done. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
