import path from 'node:path';
import { systemClock } from '#runtime/base/clock.ts';
import { startCapture } from '../switch/capture.ts';
import { Switch } from '../switch/switch.ts';
import { openPort, type PortSocket } from '../switch/switch-socket.ts';
import type { SwitchNic } from '../types.ts';
import type { Seat } from './seats.ts';

/** The cables of a machine: where its NICs plug in. */
export interface Cables {
  readonly ports: readonly PortSocket[];
  readonly nics: readonly SwitchNic[];
}

/** The room's switches, one per segment, with a socket for every card. */
export class RoomNetwork {
  readonly switches: readonly Switch[];
  readonly #folder: string;

  constructor(segments: number, folder: string) {
    const deps = { clock: systemClock({ unref: true }), random: Math.random };
    this.switches = Array.from({ length: segments }, () => new Switch(deps));
    this.#folder = folder;
  }

  /** Lays cables for a machine. */
  async cables({ name, cards }: Pick<Seat, 'name' | 'cards'>): Promise<Cables> {
    const ports: PortSocket[] = [];
    for (const [i, card] of cards.entries()) {
      const ethernet = this.switches[card.segment] as Switch;
      ports.push(await openPort(ethernet, name, path.join(this.#folder, `${name}-${i}`)));
    }
    const nics = cards.map(({ mac }, i): SwitchNic => ({ kind: 'switch', mac, socket: ports[i]?.path ?? '' }));
    return { ports, nics };
  }

  /** Nothing gets from one machine to the other any more. */
  cutBetween(one: string, other: string): void {
    for (const ethernet of this.switches) ethernet.cutBetween(one, other);
  }

  get hasCutPairs(): boolean {
    return this.switches.some((ethernet) => ethernet.hasCutPairs);
  }

  mendPairs(): void {
    for (const ethernet of this.switches) ethernet.mendPairs();
  }

  /** Every frame of the room into one file, until disposed. */
  capture(file: string): Promise<AsyncDisposable> {
    return startCapture(this.switches, file);
  }
}
