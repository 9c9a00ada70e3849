import { type Handle, type LoadMessage, messageBytes } from '../model/load-message.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** Over how long the busiest member's bytes are looked at (ms). */
const WINDOW_MS = 5000;

/** The LAN of a simulation: delay, loss, and what everybody sends and receives. */
export class SimNetwork {
  messages = 0;
  bytes = 0;
  /** Most bytes a second that any member sent, and received, in any {@link WINDOW_MS}. */
  mostSent = 0;
  mostReceived = 0;
  readonly #clock: VirtualClock;
  readonly #random: () => number;
  readonly #loss: number;
  readonly #deliver: (from: Handle, to: Handle, message: LoadMessage) => void;
  readonly #sent: Float64Array;
  readonly #received: Float64Array;
  #windowMs = 0;

  constructor(
    clock: VirtualClock,
    random: () => number,
    { members, loss }: { readonly members: number; readonly loss: number },
    deliver: (from: Handle, to: Handle, message: LoadMessage) => void,
  ) {
    this.#clock = clock;
    this.#random = random;
    this.#loss = loss;
    this.#deliver = deliver;
    this.#sent = new Float64Array(members);
    this.#received = new Float64Array(members);
  }

  send(from: Handle, to: Handle, message: LoadMessage): void {
    const bytes = messageBytes(message);
    this.messages++;
    this.bytes += bytes;
    this.#sent[from] = (this.#sent[from] as number) + bytes;
    if (this.#random() < this.#loss) return;
    this.#received[to] = (this.#received[to] as number) + bytes;
    this.#clock.after(0.3 + this.#random(), () => this.#deliver(from, to, message));
  }

  /** To be called now and then: closes a window. */
  look(): void {
    const now = this.#clock.now();
    if (now - this.#windowMs < WINDOW_MS) return;
    const seconds = (now - this.#windowMs) / 1000;
    this.#windowMs = now;
    this.mostSent = Math.max(this.mostSent, most(this.#sent) / seconds);
    this.mostReceived = Math.max(this.mostReceived, most(this.#received) / seconds);
    this.#sent.fill(0);
    this.#received.fill(0);
  }
}

function most(values: Float64Array): number {
  return values.reduce((high, value) => Math.max(high, value), 0);
}
