import type { Clock } from '#runtime/base/clock.ts';

/** Where a port's frames go. */
export interface FrameSink {
  /** Bytes handed over and not yet taken by the machine behind the port. */
  readonly waiting: number;
  /** The frame is a view: it must be copied or written at once. */
  send(frame: Buffer): void;
}

/** What is wrong with a cable; nothing unless said otherwise. */
export interface Faults {
  /** Every frame, both ways, is lost; the link light stays on. */
  readonly cut: boolean;
  /** Share of the frames to the machine that are lost, 0…1. */
  readonly loss: number;
  /** Milliseconds each frame to the machine is late. */
  readonly delayMs: number;
}

/** One socket of the switch. */
export interface SwitchPort {
  /** The machine it belongs to; a machine may have several. */
  readonly owner: string;
  readonly sink: FrameSink;
  faults: Faults;
}

/** What a switch needs of the world. */
export interface SwitchDeps {
  readonly clock: Clock;
  /** 0 ≤ x < 1 */
  random(): number;
}

/** A machine that does not read loses frames, as on a real wire, instead of filling our memory. */
const MOST_WAITING = 2 * 1024 * 1024;
const NO_FAULTS: Faults = { cut: false, loss: 0, delayMs: 0 };

/** A learning Ethernet switch: frames in, frames out, and every fault a cable can have. No sockets here: see switch-socket.ts. */
export class Switch {
  readonly #deps: SwitchDeps;
  readonly #ports = new Set<SwitchPort>();
  readonly #stations = new Map<number, SwitchPort>();
  readonly #cutPairs = new Set<string>();
  readonly #watchers = new Set<(frame: Buffer, wall: number) => void>();

  constructor(deps: SwitchDeps) {
    this.#deps = deps;
  }

  /** Plugs a cable in. */
  plug(owner: string, sink: FrameSink): SwitchPort {
    const port: SwitchPort = { owner, sink, faults: NO_FAULTS };
    this.#ports.add(port);
    return port;
  }

  /** Pulls a cable out; what was learned about it is forgotten. */
  unplug(port: SwitchPort): void {
    this.#ports.delete(port);
    for (const [station, at] of this.#stations) if (at === port) this.#stations.delete(station);
  }

  /** From now on nothing gets from one of the two machines to the other. */
  cutBetween(one: string, other: string): void {
    this.#cutPairs.add(pairOf(one, other));
  }

  /** All pairs are connected again. */
  mendPairs(): void {
    this.#cutPairs.clear();
  }

  /** Is any pair cut? */
  get hasCutPairs(): boolean {
    return this.#cutPairs.size > 0;
  }

  /** Shows every frame that enters the switch to `watcher`, until the result is disposed. */
  watch(watcher: (frame: Buffer, wall: number) => void): Disposable {
    this.#watchers.add(watcher);
    return { [Symbol.dispose]: () => void this.#watchers.delete(watcher) };
  }

  /** A frame from the machine behind `port`. */
  receive(port: SwitchPort, frame: Buffer): void {
    if (port.faults.cut || !this.#ports.has(port)) return;
    const wall = this.#deps.clock.wall();
    for (const watcher of this.#watchers) watcher(frame, wall);
    const source = frame.readUIntBE(6, 6);
    if (!isGroup(frame, 6)) this.#stations.set(source, port);
    const known = isGroup(frame, 0) ? undefined : this.#stations.get(frame.readUIntBE(0, 6));
    for (const target of known ? [known] : this.#ports) if (target !== port) this.#deliver(port, target, frame);
  }

  #deliver(from: SwitchPort, to: SwitchPort, frame: Buffer): void {
    const { cut, loss, delayMs } = to.faults;
    if (cut || to.sink.waiting > MOST_WAITING || this.#cutPairs.has(pairOf(from.owner, to.owner))) return;
    if (loss > 0 && this.#deps.random() < loss) return;
    if (delayMs === 0) return to.sink.send(frame);
    const kept = Buffer.from(frame);
    this.#deps.clock.after(delayMs, () => this.#ports.has(to) && to.sink.send(kept));
  }
}

/** Broadcast and multicast addresses have the lowest bit of their first byte set. */
function isGroup(frame: Buffer, at: number): boolean {
  return ((frame[at] ?? 0) & 1) === 1;
}

function pairOf(one: string, other: string): string {
  return one < other ? `${one}|${other}` : `${other}|${one}`;
}
