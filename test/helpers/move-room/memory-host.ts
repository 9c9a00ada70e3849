import type { Clock } from '#runtime/base/clock.ts';
import { sleep } from '#runtime/base/clock.ts';
import { PlumpError } from '#runtime/base/errors.ts';
import type { DumpRecord, GuestRef, GuestView, ImageTarget, Reservation } from '#runtime/model/guest.ts';
import type { HostOps } from '#runtime/model/guest-ops.ts';
import type { JobSpec } from '#runtime/model/job-spec.ts';
import type { HomeFiles } from './home-files.ts';

/** A copy of a job on a member. `memory` counts what it has done: what a program would notice of being moved. */
export interface MemoryGuest {
  readonly ref: GuestRef;
  readonly uid: number;
  readonly token: string;
  /** Announced for its images. */
  readonly imageBytes: number;
  state: GuestView['state'];
  /** Its tasks run; false: they stand still. */
  runs: boolean;
  memory: number;
  /** The images, once dumped or received. */
  image: number | undefined;
  spec: JobSpec | undefined;
  heardHome: number;
}

/** What goes wrong on a host when it is told to. */
export type HostFault = 'criu fails' | 'criu hangs' | 'memory full' | 'tmpfs full';

/** What a host has around it in the room. */
export interface HostWorld {
  readonly clock: Clock;
  readonly files: HomeFiles;
  /** Carries images to another member; rejects when it cannot be reached. */
  carry(from: string, to: string, deliver: (host: MemoryHost) => void): Promise<void>;
  /** Is there a lock to be moved with the job? */
  readonly locks: boolean;
}

/** What is awaited by somebody who was killed. */
export const NEVER = new Promise<never>(() => {});

/** What every program here uses. */
const USED_BYTES = 1000;
const STEP_MS = 100;
/** After which a hanging criu is killed (f2 §6). */
const WATCHDOG_MS = 60_000;

/** A member as host, in memory: does what services/guests does to Linux, to a table. */
export class MemoryHost implements HostOps {
  readonly name: string;
  readonly overlay: string;
  readonly guests = new Map<string, MemoryGuest>();
  readonly #world: HostWorld;
  /** Grows when its agent is killed: what that agent was doing is not done. */
  epoch = 0;
  fault: { readonly on: string; readonly what: HostFault } | undefined;

  constructor(name: string, overlay: string, world: HostWorld) {
    this.name = name;
    this.overlay = overlay;
    this.#world = world;
  }

  async reserve(ref: GuestRef, want: Pick<Reservation, 'token' | 'uid' | 'imageBytes'>): Promise<void> {
    await this.#work('reserve');
    const { clock } = this.#world;
    const fresh = { state: 'reserved', runs: false, memory: 0, image: undefined, spec: undefined } as const;
    if (!this.guests.has(key(ref))) this.guests.set(key(ref), { ref, ...want, ...fresh, heardHome: clock.now() });
  }

  async start(ref: GuestRef, spec: JobSpec): Promise<{ exec?: number; text?: string }> {
    const guest = this.#guest(ref);
    await this.#work('start');
    this.#guest(ref);
    if (spec.argv[0] === 'missing') return { exec: 2, text: 'missing: no such file' };
    if (guest.state === 'reserved') {
      Object.assign(guest, { state: 'running', runs: true, spec });
      if (this.#world.locks) this.#world.files.lock(this.overlay, ref);
    }
    return {};
  }

  cantmove(ref: GuestRef): Promise<readonly string[]> {
    const { spec } = this.#guest(ref);
    return Promise.resolve(spec?.argv[0] === 'io_uring' ? ['io_uring'] : []);
  }

  async quiet(ref: GuestRef): Promise<{ stopped: number[]; locks: [] }> {
    const guest = this.#guest(ref);
    await this.#work('quiet');
    this.#guest(ref);
    if (guest.state === 'running') guest.state = 'quiet';
    return { stopped: [], locks: [] };
  }

  async dump(ref: GuestRef): Promise<DumpRecord> {
    const guest = this.#guest(ref);
    await this.#work('dump');
    this.#guest(ref);
    if (guest.state !== 'quiet' && guest.state !== 'dumped') throw refused(`it is ${guest.state}`);
    Object.assign(guest, { state: 'dumped', runs: false, image: guest.memory });
    return { quiet: { stopped: [], locks: [] }, bytes: USED_BYTES, frozenMs: 5, tasks: [] };
  }

  async send(ref: GuestRef, to: ImageTarget): Promise<void> {
    const { image } = this.#guest(ref);
    await this.#work('send');
    if (image === undefined) throw refused('there are no images');
    await this.#world.carry(this.overlay, to.overlay, (host) => {
      const target = host.#guest({ ...ref, generation: to.generation });
      if (target.token !== to.token) throw refused('a wrong token');
      if (target.imageBytes < USED_BYTES) throw refused('more images come than were announced');
      Object.assign(target, { state: 'receiving', image });
    });
    this.#guest(ref);
  }

  async restore(ref: GuestRef, spec: JobSpec): Promise<'queued' | 'prepared'> {
    const guest = this.#guest(ref);
    await this.#work('restore');
    this.#guest(ref);
    if (guest.image === undefined) throw refused('there are no images');
    guest.spec = spec;
    guest.memory = guest.image;
    const free = !this.#world.locks || this.#world.files.lock(this.overlay, ref);
    return (guest.state = free ? 'prepared' : 'queued');
  }

  async unlock(ref: GuestRef): Promise<void> {
    this.#guest(ref);
    await this.#work('unlock');
    this.#guest(ref);
    this.#world.files.unlock(this.overlay, ref);
  }

  async prepared(ref: GuestRef): Promise<void> {
    for (let waited = 0; waited < WATCHDOG_MS; waited += STEP_MS) {
      const guest = this.#guest(ref);
      if (guest.state === 'queued' && this.#world.files.lock(this.overlay, ref)) guest.state = 'prepared';
      if (guest.state === 'prepared') return;
      const { epoch } = this;
      await sleep(this.#world.clock, STEP_MS);
      if (this.epoch !== epoch) await NEVER;
    }
    throw new PlumpError('PLUMP_TIMEOUT', 'its lock is held by somebody');
  }

  async go(ref: GuestRef): Promise<void> {
    const guest = this.#guest(ref);
    await this.#work('go');
    this.#guest(ref);
    if (guest.state === 'prepared') Object.assign(guest, { state: 'running', runs: true, image: undefined });
    if (guest.state !== 'running') throw refused(`it is ${guest.state}`);
  }

  async resume(ref: GuestRef): Promise<void> {
    const guest = this.#guest(ref);
    await this.#work('resume');
    this.#guest(ref);
    if (this.#world.locks && !this.#world.files.lock(this.overlay, ref))
      throw new PlumpError('PLUMP_BUSY', 'its lock is held by somebody');
    Object.assign(guest, { state: 'running', runs: true, image: undefined });
  }

  async discard(ref: GuestRef): Promise<void> {
    const guest = this.guests.get(key(ref));
    if (guest !== undefined) guest.runs = false;
    this.guests.delete(key(ref));
    this.#world.files.unlock(this.overlay, ref);
    await sleep(this.#world.clock, STEP_MS);
  }

  signal(ref: GuestRef): Promise<void> {
    this.#guest(ref);
    return Promise.resolve();
  }

  nice(ref: GuestRef): Promise<void> {
    return this.signal(ref);
  }

  list(): Promise<readonly GuestView[]> {
    for (const guest of this.guests.values()) guest.heardHome = this.#world.clock.now();
    const usage = { command: 'awk', tasks: 1, memoryBytes: USED_BYTES, cpuMs: 10 };
    return Promise.resolve([...this.guests.values()].map(({ ref, uid, state }) => ({ ref, uid, state, ...usage })));
  }

  /** Kills guests whose home was silent for too long. */
  async killOrphans(): Promise<void> {
    for (const { ref, spec, heardHome } of this.guests.values())
      if (this.#world.clock.now() - heardHome > (spec?.orphanMs ?? 900_000)) await this.discard(ref);
  }

  /** Everything on it is gone: its power was cut. */
  lose(): void {
    for (const guest of this.guests.values()) guest.runs = false;
    this.guests.clear();
  }

  #guest(ref: GuestRef): MemoryGuest {
    const guest = this.guests.get(key(ref));
    if (guest === undefined) throw refused('no such guest');
    guest.heardHome = this.#world.clock.now();
    return guest;
  }

  async #work(operation: string): Promise<void> {
    const { clock } = this.#world;
    const { epoch } = this;
    const fault = this.fault?.on === operation ? this.fault.what : undefined;
    if (fault !== undefined) this.fault = undefined;
    await sleep(clock, fault === 'criu hangs' ? WATCHDOG_MS : STEP_MS);
    if (this.epoch !== epoch) await NEVER;
    if (fault !== undefined) throw new PlumpError('PLUMP_TOOL', `${operation}: ${fault}`);
  }
}

function key({ home, id, generation }: GuestRef): string {
  return `${home} ${id} ${generation}`;
}

function refused(text: string): PlumpError {
  return new PlumpError('PLUMP_REFUSED', text);
}
