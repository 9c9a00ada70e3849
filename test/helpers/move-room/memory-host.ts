import os from 'node:os';
import type { Clock } from '#runtime/base/clock.ts';
import { sleep } from '#runtime/base/clock.ts';
import { PlumpError } from '#runtime/base/errors.ts';
import { isForsaken } from '#runtime/core/jobs/forsaken.ts';
import type { DumpRecord, GuestRef, GuestView, ImageTarget, Reservation } from '#runtime/model/guest.ts';
import type { HostOps } from '#runtime/model/guest-ops.ts';
import type { JobSpec, JobTraits } from '#runtime/model/job-spec.ts';
import type { HomeFiles } from './home-files.ts';

/** A copy of a job on a member. `memory` counts what it has done: what a program would notice of being moved. */
export interface MemoryGuest {
  readonly ref: GuestRef;
  readonly uid: number;
  readonly token: string;
  /** Announced for its images. */
  imageBytes: number;
  state: GuestView['state'];
  /** Its tasks run; false: they stand still. */
  runs: boolean;
  /** By a signal. */
  stopped: boolean;
  memory: number;
  /** Signals its program got. */
  heard: readonly number[];
  /** Tokens of those its host gave it. */
  readonly given: Set<string>;
  /** The images, once dumped or received. */
  image: MemoryImage | undefined;
  spec: JobSpec | undefined;
  since: number;
}

/** What of a program goes along. */
type MemoryImage = Pick<MemoryGuest, 'memory' | 'heard' | 'stopped'>;

/** What goes wrong on a host the next time it is asked for this. */
export interface HostFault {
  readonly on: keyof HostOps | 'receive' | 'receiveMemory';
  /** `hangs`: until the deadline for it; `is slow`: it is done after minutes. */
  readonly what: 'fails' | 'hangs' | 'is refused' | 'is slow';
}

/** What a host has around it in the room. */
export interface HostWorld {
  readonly clock: Clock;
  readonly files: HomeFiles;
  /** Carries images to another member; rejects when it cannot be reached. */
  carry(from: string, to: string, deliver: (host: MemoryHost) => Promise<void>): Promise<void>;
  /** Is there a lock to be moved with the job? */
  readonly locks: boolean;
}

/** What is awaited by somebody who was killed. */
export const NEVER = new Promise<never>(() => {});

/** What every program here uses. */
const USED_BYTES = 1000;
/** More than it uses: what its tasks share is in the images of each. */
const IMAGE_BYTES = 32 * 2 ** 20;
const { SIGKILL, SIGSTOP, SIGCONT } = os.constants.signals;
const STEP_MS = 100;
/** After which whatever hangs is killed (f2 §6). */
const WATCHDOG_MS = 60_000;
const SLOW_MS = 200_000;

/** A member as host, in memory: does what services/guests does to Linux, to a table. */
export class MemoryHost implements HostOps {
  readonly name: string;
  readonly overlay: string;
  readonly guests = new Map<string, MemoryGuest>();
  readonly #world: HostWorld;
  /** Grows when its agent is killed: what that agent was doing is not done. */
  epoch = 0;
  /** What goes wrong here, each once. */
  readonly faults: HostFault[] = [];
  /** Programs wait here for a CPU in vain. */
  starves = false;
  /** Numbers under which it was said to have promised room. */
  readonly promised: (number | undefined)[] = [];

  constructor(name: string, overlay: string, world: HostWorld) {
    this.name = name;
    this.overlay = overlay;
    this.#world = world;
  }

  async reserve(ref: GuestRef, want: Pick<Reservation, 'token' | 'uid' | 'imageBytes' | 'room'>): Promise<void> {
    this.promised.push(want.room);
    await this.#work('reserve');
    const { clock } = this.#world;
    const fresh = {
      state: 'reserved',
      runs: false,
      stopped: false,
      memory: 0,
      image: undefined,
      spec: undefined,
    } as const;
    const signals = { heard: [], given: new Set<string>() };
    const there = this.guests.get(key(ref));
    if ((there?.state === 'reserved' || there?.state === 'receiving') && there.token === want.token)
      Object.assign(there, { imageBytes: want.imageBytes, since: clock.now() });
    if (!there) this.guests.set(key(ref), { ref, ...want, ...fresh, ...signals, since: clock.now() });
  }

  /** What was begun goes on when the agent is killed; the next one finds it and starts nothing again. */
  async start(ref: GuestRef, spec: JobSpec): Promise<{ exec?: number; text?: string }> {
    const guest = this.#guest(ref);
    const { files, locks } = this.#world;
    if (guest.state === 'reserved' && spec.argv[0] !== 'missing') guest.state = 'starting';
    try {
      await this.#work('start', () => guest.state === 'starting' && !guest.runs && this.#launch(guest, spec));
    } catch (error) {
      if (guest.state === 'starting') guest.state = 'reserved';
      throw error;
    }
    this.#guest(ref);
    if (spec.argv[0] === 'missing') return { exec: 2, text: 'missing: no such file' };
    if (guest.state === 'starting') guest.state = 'running';
    if (locks && guest.state === 'running') files.lock(this.overlay, ref);
    return {};
  }

  #launch(guest: MemoryGuest, spec: JobSpec): void {
    if (this.guests.get(key(guest.ref)) !== guest) return;
    this.#world.files.begin(guest.ref.id);
    Object.assign(guest, { runs: true, spec });
  }

  async cantmove(ref: GuestRef): Promise<readonly string[]> {
    const { spec } = this.#guest(ref);
    await this.#work('cantmove', undefined, 0);
    return spec?.argv[0] === 'io_uring' ? ['io_uring'] : [];
  }

  async quiet(ref: GuestRef): Promise<{ stopped: number[]; locks: [] }> {
    const guest = this.#guest(ref);
    await this.#work('quiet');
    this.#guest(ref);
    if (guest.state === 'running') guest.state = 'quiet';
    return { stopped: [], locks: [] };
  }

  async dump(ref: GuestRef, to: ImageTarget): Promise<DumpRecord> {
    const guest = this.#guest(ref);
    await this.#work('dump');
    this.#guest(ref);
    if (guest.state !== 'quiet' && guest.state !== 'dumped') throw refused(`it is ${guest.state}`);
    await this.#world.carry(this.overlay, to.overlay, (host) =>
      host.#receiveMemory({ ...ref, generation: to.generation }, to.token),
    );
    this.#guest(ref);
    if (guest.state === 'quiet') guest.image = { memory: guest.memory, heard: guest.heard, stopped: guest.stopped };
    Object.assign(guest, { state: 'dumped', runs: false });
    return { quiet: { stopped: [], locks: [] }, bytes: IMAGE_BYTES, frozenMs: 5, tasks: [] };
  }

  async send(ref: GuestRef, to: ImageTarget): Promise<void> {
    const { image } = this.#guest(ref);
    await this.#work('send');
    if (image === undefined) throw refused('there are no images');
    await this.#world.carry(this.overlay, to.overlay, (host) =>
      host.#receive({ ...ref, generation: to.generation }, to.token, image),
    );
    this.#guest(ref);
  }

  async #receiveMemory(ref: GuestRef, token: string): Promise<void> {
    const target = this.#guest(ref);
    if (target.token !== token) throw refused('a wrong token');
    target.state = 'receiving';
    await this.#work('receiveMemory');
    this.#guest(ref);
  }

  async #receive(ref: GuestRef, token: string, image: MemoryImage): Promise<void> {
    const target = this.#guest(ref);
    if (target.token !== token) throw refused('a wrong token');
    if (target.state !== 'receiving') throw refused('its memory has not come');
    if (target.imageBytes < IMAGE_BYTES) throw refused('more images come than were announced');
    await this.#work('receive');
    Object.assign(this.#guest(ref), { image });
  }

  async restore(ref: GuestRef, spec: JobSpec): Promise<'queued' | 'prepared'> {
    const guest = this.#guest(ref);
    await this.#work('restore');
    this.#guest(ref);
    if (guest.image === undefined) throw refused('there are no images');
    guest.spec = spec;
    Object.assign(guest, guest.image);
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
    await this.#work('prepared');
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
    if (guest.state === 'prepared') Object.assign(guest, { state: 'running', runs: !guest.stopped, image: undefined });
    if (guest.state !== 'running') throw refused(`it is ${guest.state}`);
  }

  async resume(ref: GuestRef): Promise<void> {
    const guest = this.#guest(ref);
    await this.#work('resume');
    this.#guest(ref);
    if (this.#world.locks && !this.#world.files.lock(this.overlay, ref))
      throw new PlumpError('PLUMP_BUSY', 'its lock is held by somebody');
    Object.assign(guest, { state: 'running', runs: !guest.stopped, image: undefined });
  }

  async discard(ref: GuestRef): Promise<void> {
    await this.#work('discard', undefined, 0);
    const guest = this.guests.get(key(ref));
    if (guest !== undefined) guest.runs = false;
    this.guests.delete(key(ref));
    this.#world.files.unlock(this.overlay, ref);
    await sleep(this.#world.clock, STEP_MS);
  }

  /** As the kernel: whatever stands still goes on by SIGCONT, also what should not. */
  async signal(ref: GuestRef, signal: number, token: string): Promise<void> {
    const guest = this.#running(ref);
    await this.#work('signal', undefined, 0);
    if (guest.given.has(token)) return;
    guest.given.add(token);
    guest.heard = [...guest.heard, signal];
    if (signal === SIGSTOP || signal === SIGCONT) guest.stopped = signal === SIGSTOP;
    if (signal === SIGKILL) guest.state = 'over';
    guest.runs = !guest.stopped && signal !== SIGKILL;
  }

  async nice(ref: GuestRef): Promise<void> {
    this.#running(ref);
  }

  async steer(ref: GuestRef, traits: JobTraits): Promise<void> {
    const guest = this.#guest(ref);
    if (guest.spec !== undefined) guest.spec = { ...guest.spec, traits };
  }

  #running(ref: GuestRef): MemoryGuest {
    const guest = this.#guest(ref);
    if (guest.state !== 'running') throw new PlumpError('PLUMP_BUSY', 'it is being moved');
    return guest;
  }

  async list(): Promise<readonly GuestView[]> {
    await this.#work('list', undefined, 0);
    const usage = { command: 'awk', tasks: 1, memoryBytes: USED_BYTES, imageBytes: USED_BYTES };
    const cpu = { cpuMs: 10, waitedMs: this.starves ? this.#world.clock.now() : 0 };
    return [...this.guests.values()].map(({ ref, uid, state }) => ({ ref, uid, state, ...usage, ...cpu }));
  }

  /** Ends what nobody wants any more, and what has ended by itself; tells the refs of the latter. */
  async tidy(homeSilentMs: (home: string) => number): Promise<readonly GuestRef[]> {
    const ended: GuestRef[] = [];
    for (const { ref, spec, state, since } of this.guests.values()) {
      const heldMs = this.#world.clock.now() - since;
      if (state === 'over') ended.push(ref);
      const forsaken = isForsaken({ state, orphanMs: spec?.orphanMs, heldMs, homeSilentMs: homeSilentMs(ref.home) });
      if (forsaken || state === 'over') await this.discard(ref);
    }
    return ended;
  }

  async discardAll(): Promise<void> {
    for (const { ref } of this.guests.values()) await this.discard(ref);
  }

  /** Everything on it is gone: its power was cut. */
  lose(): void {
    for (const guest of this.guests.values()) guest.runs = false;
    this.guests.clear();
  }

  #guest(ref: GuestRef): MemoryGuest {
    const guest = this.guests.get(key(ref));
    if (guest === undefined) throw refused('no such guest');
    return guest;
  }

  /** @param done what is done at its end, be the agent alive or not */
  async #work(operation: HostFault['on'], done: () => unknown = () => {}, ms = STEP_MS): Promise<void> {
    const { clock } = this.#world;
    const { epoch } = this;
    const at = this.faults.findIndex(({ on }) => on === operation);
    const fault = at < 0 ? undefined : this.faults.splice(at, 1)[0]?.what;
    const slow = fault === 'is slow';
    await sleep(clock, slow ? SLOW_MS : fault === 'hangs' ? WATCHDOG_MS : ms);
    if (fault === undefined || slow) done();
    if (this.epoch !== epoch) await NEVER;
    if (fault === 'is refused') throw refused(`${operation} is refused`);
    if (fault !== undefined && !slow) throw new PlumpError('PLUMP_TOOL', `${operation} ${fault}`);
  }
}

function key({ home, id, generation }: GuestRef): string {
  return `${home} ${id} ${generation}`;
}

function refused(text: string): PlumpError {
  return new PlumpError('PLUMP_REFUSED', text);
}
