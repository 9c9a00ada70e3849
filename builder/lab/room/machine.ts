import { messageOf, PlumpError } from '#runtime/base/errors.ts';
import { BootWatch } from '../boot-watch.ts';
import { shownCommand } from '../command-line.ts';
import { startVm } from '../qemu.ts';
import type { PortSocket } from '../switch/switch-socket.ts';
import type { Vm, VmSpec, VmTools } from '../types.ts';
import type { Seat } from './seats.ts';
import { slowDown } from './slow-down.ts';

/** What a machine of a room is doing. */
export type MachineState = 'off' | 'starting' | 'running';

/** What a machine is made with. */
export interface MachineParts {
  readonly seat: Seat;
  /** Its sockets of the switch, one per card. */
  readonly ports: readonly PortSocket[];
  readonly tools: VmTools;
  /** Part of the time it runs; 1 is full speed. */
  readonly speed: number;
  /** Was it given a join code of its own? Then it is in another cluster than the room. */
  readonly stranger: boolean;
  /** Made anew at every start. */
  spec(): Promise<VmSpec>;
  /** Ends when it is what it shall be: a member, or merely up. */
  arrive(vm: Vm, watch: BootWatch, signal: AbortSignal): Promise<void>;
}

const START_LIMIT_MS = 600_000;
const OFF_LIMIT_MS = 90_000;
const LINES_SHOWN = 40;

/** A PC of the room, on or off. */
export class Machine implements AsyncDisposable {
  readonly seat: Seat;
  readonly speed: number;
  readonly #parts: MachineParts;
  #state: MachineState = 'off';
  #vm: Vm | undefined;
  #slow: Disposable | undefined;
  /** Seconds from power-on until it was what it shall be, of the last start. */
  upAfter: number | undefined;
  /** What is wrong with its cables, by faults.ts: all frames are lost, or they are pulled out. */
  fault: 'cut' | 'unplugged' | undefined;

  constructor(parts: MachineParts) {
    this.#parts = parts;
    this.seat = parts.seat;
    this.speed = parts.speed;
  }

  get name(): string {
    return this.seat.name;
  }

  get state(): MachineState {
    return this.#state;
  }

  get stranger(): boolean {
    return this.#parts.stranger;
  }

  get ports(): readonly PortSocket[] {
    return this.#parts.ports;
  }

  /** Of its QEMU, while there is one. */
  get pid(): number | undefined {
    return this.#vm?.pid;
  }

  /** @throws PlumpError PLUMP_LAB when it is switched off. */
  get vm(): Vm {
    if (this.#vm) return this.#vm;
    throw new PlumpError('PLUMP_LAB', `${this.name} is switched off`, { hint: `plumpos lab start ${this.name}` });
  }

  /**
   * Switches it on and waits until it is what it shall be.
   * @throws PlumpError PLUMP_LAB with the phase reached, the last lines of its console and a command to replay it.
   */
  async start(signal: AbortSignal): Promise<void> {
    if (this.#state !== 'off') throw new PlumpError('PLUMP_LAB', `${this.name} is running already`);
    if (this.fault !== undefined)
      throw new PlumpError('PLUMP_LAB', `${this.name} is cut off and would join nobody`, { hint: 'plumpos lab mend' });
    const vm = await this.#powerOn();
    using watch = new BootWatch(vm, () => {});
    try {
      const limit = AbortSignal.any([signal, this.#within(START_LIMIT_MS)]);
      await this.#parts.arrive(vm, watch, limit);
      this.#state = 'running';
      this.upAfter = Math.round((performance.now() - vm.poweredOn) / 100) / 10;
    } catch (cause) {
      await this.kill();
      if (signal.aborted) throw signal.reason;
      throw explain(this.name, vm, watch, cause);
    }
  }

  /** Pulls the power cord. */
  async kill(): Promise<void> {
    if (this.#vm) await this.#ended(this.#vm);
  }

  /** Presses the power button and waits until it is off. @throws PlumpError PLUMP_LAB when it does not go off. */
  async off(): Promise<void> {
    const vm = this.vm;
    await vm.qmp.execute('system_powerdown');
    const late = Symbol('late');
    const timer = this.#within(OFF_LIMIT_MS);
    const end = await Promise.race([
      vm.exited,
      new Promise((resolve) => timer.addEventListener('abort', () => resolve(late))),
    ]);
    await this.kill();
    if (end === late) throw new PlumpError('PLUMP_LAB', `${this.name} did not switch itself off; its cord was pulled`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    for (const port of this.ports) await port[Symbol.asyncDispose]();
  }

  /** Aborts after this time, or more where the machine is slowed down. */
  #within(ms: number): AbortSignal {
    return AbortSignal.timeout(Math.ceil(ms / this.speed));
  }

  async #powerOn(): Promise<Vm> {
    this.#state = 'starting';
    try {
      const vm = await startVm(await this.#parts.spec(), this.#parts.tools);
      this.#vm = vm;
      void vm.exited.then(() => this.#ended(vm));
      if (this.speed < 1) this.#slow = slowDown(vm.pid, this.speed);
      return vm;
    } finally {
      if (this.#vm === undefined) this.#state = 'off';
    }
  }

  /** Also of one that switched itself off: its timers would keep the whole process. */
  async #ended(vm: Vm): Promise<void> {
    if (this.#vm !== vm) return;
    this.#slow?.[Symbol.dispose]();
    this.#slow = undefined;
    this.#vm = undefined;
    this.#state = 'off';
    await vm[Symbol.asyncDispose]();
  }
}

function explain(name: string, vm: Vm, watch: BootWatch, cause: unknown): PlumpError {
  const late = cause instanceof Error && cause.name === 'TimeoutError';
  const why = late ? 'it took too long' : messageOf(cause);
  const lines = vm.console.lines.slice(-LINES_SHOWN).map((line) => `  ${line}`);
  const text = [`${name} does not come up: ${why} (phase '${watch.phase}')`, ...lines].join('\n');
  return new PlumpError('PLUMP_LAB', text, { cause, hint: `to replay: ${shownCommand(vm.command)}` });
}
