import { type Clock, sleep } from '../base/clock.ts';
import type { Check } from '../model/status.ts';
import { type Blocking, blockingFirewall } from '../system/firewall.ts';

/** Not asked for again before. */
const FRESH_MS = 2000;
/** Who asks for the status waits no longer; a busy machine takes its time to start nft. */
const PATIENCE_MS = 1000;

/** A head's own packet filter, looked at when somebody wants to know: its owner may have changed it a moment ago. */
export class OwnFirewall {
  readonly #clock: Clock;
  readonly #ports: () => readonly number[];
  readonly #ask: typeof blockingFirewall;
  #blocking: Blocking | undefined;
  #looking: Promise<void> | undefined;
  #looked = Number.NEGATIVE_INFINITY;

  /** @param ports the UDP ports others must reach, as they are now. */
  constructor(clock: Clock, ports: () => readonly number[], ask: typeof blockingFirewall = blockingFirewall) {
    this.#clock = clock;
    this.#ports = ports;
    this.#ask = ask;
  }

  /** The check `firewall`, where it keeps others out. */
  checks(): Check[] {
    if (this.#blocking === undefined) return [];
    const { text, command } = this.#blocking;
    return [
      { name: 'firewall', ok: false, text: `${text}: other members cannot reach it. To let them in: ${command}` },
    ];
  }

  /** Looks again, unless that was just done. */
  async look(): Promise<void> {
    if (this.#clock.now() - this.#looked < FRESH_MS) return;
    this.#looking ??= this.#again();
    await Promise.race([this.#looking, sleep(this.#clock, PATIENCE_MS)]);
  }

  async #again(): Promise<void> {
    this.#blocking = await this.#ask(this.#ports());
    this.#looked = this.#clock.now();
    this.#looking = undefined;
  }
}
