import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { PlumpError } from '#runtime/base/errors.ts';
import type { Medium } from '../boot-request.ts';
import { type HeadImage, headImage } from '../head/head-image.ts';
import { dnsmasqConfig } from '../infra/dnsmasq-config.ts';
import { startInfra } from '../infra/infra-vm.ts';
import { type LabKernel, labKernel } from '../lab-kernel.ts';
import type { LabSupplies } from '../supplies.ts';
import { kernelFiles } from '../pxe-root.ts';
import type { Firmware, Vm } from '../types.ts';
import { headIsUp, joinHead } from './head-join.ts';
import { Machine } from './machine.ts';
import { checkChoices, checkJoins, headSpec, type MachineChoices, memoryOf, nodeSpec } from './machine-spec.ts';
import { RoomNetwork } from './network.ts';
import type { PerName } from './per-name.ts';
import type { RoomImage } from './room-image.ts';
import { allSeats, checkNumber, type Seat, seat, segmentsOf, type Wiring } from './seats.ts';
import { packTftpRoot } from './tftp-files.ts';
import { Turnstile } from './turnstile.ts';

/** How a room is. */
export interface RoomOptions {
  readonly supplies: LabSupplies;
  readonly image: RoomImage;
  readonly wiring: Wiring;
  /** A folder of this room's own, for its sockets. */
  readonly folder: string;
  readonly firmware: Firmware;
  readonly medium: Medium;
  readonly kernel?: string | undefined;
  readonly memory: PerName<number>;
  readonly cpu: PerName<string>;
  readonly cpus: PerName<number>;
  readonly speed: PerName<number>;
  /** Every VM is killed after this time. */
  readonly lifeSeconds: number;
}

/** Machines to add. */
export interface Addition {
  readonly nodes: number;
  readonly heads: number;
  /** Heads stay ordinary PCs until somebody makes them join. */
  readonly noJoin?: boolean;
  /** Further kernel arguments of the nodes; a later plumpos.join= wins over the room's. */
  readonly append?: string;
}

/** More starting at once gain nothing on an everyday machine: booting is bound by the CPU (evidence f5 §6). */
const STARTING_AT_ONCE = 2;

/** A room of PCs on one network with a DHCP server. Disposing it switches everything off at once. */
export class Room implements AsyncDisposable {
  readonly options: RoomOptions;
  readonly #network: RoomNetwork;
  readonly #kernel: LabKernel;
  readonly #machines = new Map<string, Machine>();
  readonly #owned = new AsyncDisposableStack();
  readonly #turnstile = new Turnstile(STARTING_AT_ONCE);
  readonly #stop = new AbortController();
  /** The room's server, once it serves. */
  readonly infra: Promise<Vm>;
  #debian: Promise<HeadImage> | undefined;

  private constructor(options: RoomOptions, kernel: LabKernel) {
    this.options = options;
    this.#kernel = kernel;
    this.#network = new RoomNetwork(segmentsOf(options.wiring), options.folder);
    this.infra = this.#turnstile.pass(() => this.#startInfra());
    this.infra.catch(() => {});
  }

  /** An empty room: its switches, and its server starting. */
  static async open(options: RoomOptions): Promise<Room> {
    checkChoices({ ...options, append: '' });
    checkJoins(options.image, options.medium);
    if (options.medium === 'kernel') kernelFiles(options.image.pxe, '', options.kernel);
    return new Room(options, await labKernel(options.supplies));
  }

  /** Every machine there ever was, on or off. */
  get machines(): readonly Machine[] {
    return [...this.#machines.values()];
  }

  get network(): RoomNetwork {
    return this.#network;
  }

  /** @throws PlumpError PLUMP_USAGE when there is none of that name. */
  machine(name: string): Machine {
    const found = this.#machines.get(name);
    if (found) return found;
    throw new PlumpError('PLUMP_USAGE', `there is no '${name}' in the room`, {
      hint: `there are: ${[...this.#machines.keys()].join(', ') || 'none yet'}`,
    });
  }

  /** Puts more machines into the room and waits until all of them are up. */
  async add(addition: Addition): Promise<readonly Machine[]> {
    const { nodes, heads, append = '' } = addition;
    checkChoices({ ...this.options, append });
    const seats = [...this.#free('head', heads), ...this.#free('node', nodes)];
    if (heads > 0) this.#debian ??= headImage(this.options.supplies, this.#kernel);
    const added: Machine[] = [];
    for (const one of seats) added.push(await this.#place(one, addition));
    await this.start(added);
    return added;
  }

  /** Switches machines on, two at a time, and waits until they are up. The first failure ends the waiting. */
  async start(machines: readonly Machine[]): Promise<void> {
    const { supplies } = this.options;
    const signal = AbortSignal.any([this.#stop.signal, supplies.signal]);
    const starting = machines.map((machine) =>
      this.#turnstile.pass(async () => {
        signal.throwIfAborted();
        await machine.start(signal);
        supplies.notice(`${machine.name} is up after ${machine.upAfter} s`);
      }),
    );
    await Promise.all([this.infra, ...starting]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new PlumpError('PLUMP_STOPPED', 'the room is closed'));
    await Promise.all(this.machines.map((machine) => machine[Symbol.asyncDispose]()));
    await this.infra.catch(() => {});
    await this.#owned.disposeAsync();
  }

  #free(kind: Seat['kind'], count: number): Seat[] {
    const taken = this.machines.filter((one) => one.seat.kind === kind).length;
    checkNumber(kind, taken + count);
    return Array.from({ length: count }, (_, i) => seat(kind, taken + i + 1, this.options.wiring));
  }

  async #place(one: Seat, { append = '', noJoin = false }: Addition): Promise<Machine> {
    const { ports, nics } = await this.#network.cables(one);
    const { image, supplies } = this.options;
    const choices = this.#choices(one, append);
    const debian = one.kind === 'head' ? (this.#debian as Promise<HeadImage>) : undefined;
    const machine = new Machine({
      seat: one,
      ports,
      tools: supplies.qemu,
      speed: this.options.speed(one.name) ?? 1,
      stranger: /\bplumpos\.join=/.test(append),
      spec: async () => (debian ? headSpec(one, nics, await debian, choices) : nodeSpec(one, nics, choices)),
      arrive: async (vm, watch, signal) => {
        if (debian && noJoin) return await headIsUp(vm, signal);
        if (debian) await joinHead(vm, image, signal);
        await watch.until('joined', signal);
      },
    });
    this.#machines.set(one.name, machine);
    return machine;
  }

  #choices(one: Seat, append: string): MachineChoices {
    const { image, firmware, medium, kernel, memory, cpu, cpus, supplies, lifeSeconds } = this.options;
    const { name } = one;
    return {
      image,
      firmware,
      medium,
      kernel,
      memoryMB: memoryOf(one, memory(name), this.options),
      cpu: cpu(name),
      cpus: cpus(name),
      accel: supplies.accel,
      timeLimitSeconds: lifeSeconds,
      append,
    };
  }

  async #startInfra(): Promise<Vm> {
    const { supplies, folder, wiring, medium, image, lifeSeconds } = this.options;
    const segments = segmentsOf(wiring);
    const cards = Array.from({ length: segments }, (_, k) => ({ mac: `52:54:00:79:00:0${k}`, segment: k }));
    const { ports, nics } = await this.#network.cables({ name: 'room', cards });
    for (const port of ports) this.#owned.use(port);
    const tftp = medium === 'pxe';
    const files = path.join(folder, 'tftp.squashfs');
    if (tftp) await packTftpRoot(supplies, image.pxe, `plumpos.join=${image.join}`, files);
    const example = tftp ? await readFile(path.join(image.pxe, 'dnsmasq.conf.example'), 'utf8') : undefined;
    const dnsmasq = dnsmasqConfig({ segments, seats: allSeats(wiring), example });
    const parts = { kernel: this.#kernel, dnsmasq, nics, folder, timeLimitSeconds: lifeSeconds };
    return this.#owned.use(await startInfra(supplies, tftp ? { ...parts, files } : parts));
  }
}
