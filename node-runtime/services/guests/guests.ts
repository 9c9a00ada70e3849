import { mkdirSync, readdirSync } from 'node:fs';
import os from 'node:os';
import { PlumpError } from '../../base/errors.ts';
import { sharesAddress } from '../../core/jobs/addresses.ts';
import type { HostOps, ImageReceiver, SendImages } from '../../model/guest-ops.ts';
import type { GuestRef, GuestView, Reservation } from '../../model/guest.ts';
import type { JobTraits } from '../../model/job-spec.ts';
import { GUESTS_FOLDER } from '../../model/guest-paths.ts';
import { imageBytes } from '../../system/image-bytes.ts';
import { readState } from '../../system/state-file.ts';
import { Guest, type GuestWorld } from './guest.ts';
import { decodeGuestRecord } from './guest-record.ts';
import { cantMove } from './cant-move.ts';
import { dumpGuest, sendGuest } from './dump-guest.ts';
import { unlockGuest } from './guest-locks.ts';
import { quietGuest } from './quiet-guest.ts';
import { receiveMemory, receiveRest } from './receive-images.ts';
import { letGo, preparedGuest, restoreGuest } from './restore-guest.ts';
import { resumeGuest, signalGuest } from './resume-guest.ts';
import { startGuest } from './start-guest.ts';

/** What this member takes. */
export interface HostRules {
  /** Why it does not take this guest, or undefined. `promised`: bytes of memory that others were promised. */
  refusal(want: Reservation, promised: number): string | undefined;
  /** Why there is no room for the images of a guest that shares so much memory, or undefined. */
  imagesLackRoom(sharedBytes: number, promised: number): string | undefined;
}

/** What this member hosts: every guest, and the operations homes ask for. */
export class Guests implements HostOps, ImageReceiver {
  readonly #world: GuestWorld;
  readonly #send: SendImages;
  readonly #rules: HostRules;
  readonly #guests = new Map<string, Guest>();

  constructor(world: GuestWorld, send: SendImages, rules: HostRules) {
    this.#world = world;
    this.#send = send;
    this.#rules = rules;
    mkdirSync(GUESTS_FOLDER, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(GUESTS_FOLDER)) {
      const record = readState(`${GUESTS_FOLDER}/${name}/record.json`, decodeGuestRecord);
      if (record) this.#guests.set(name, new Guest(world, record));
    }
  }

  /** Asked again, it is kept longer, and more is set aside for more images than before. @throws PlumpError PLUMP_REFUSED with the reason. */
  async reserve(ref: GuestRef, want: Reservation): Promise<void> {
    const there = this.#guests.get(nameOf(ref));
    if (there?.record.token === want.token && there.ref.home === ref.home) return this.#widen(there, want.imageBytes);
    if (there) throw new PlumpError('PLUMP_REFUSED', 'another job of that name is here');
    const refusal = this.#sharedAddress(ref, want) ?? this.#rules.refusal(want, this.#promised());
    if (refusal !== undefined) throw new PlumpError('PLUMP_REFUSED', refusal);
    const blank = { images: false, unlocked: false, stopped: [], state: 'reserved' } as const;
    const guest = new Guest(this.#world, { ref, token: want.token, want, ...blank });
    guest.note({});
    this.#guests.set(nameOf(ref), guest);
  }

  #widen(guest: Guest, imageBytes: number): void {
    const { want, state } = guest.record;
    guest.since = this.#world.clock.now();
    const more = imageBytes - want.imageBytes;
    if (more <= 0 || (state !== 'reserved' && state !== 'receiving')) return;
    const refusal = this.#rules.refusal({ ...want, memoryBytes: 0, imageBytes: more }, this.#promised());
    if (refusal !== undefined) throw new PlumpError('PLUMP_REFUSED', refusal);
    guest.note({ want: { ...want, imageBytes } });
  }

  start: HostOps['start'] = (ref, spec, token) => this.#do(ref, (guest) => startGuest(guest, spec, token));

  cantmove: HostOps['cantmove'] = (ref) =>
    this.#do(ref, async (guest) => {
      const lack = this.#imagesLackRoom(guest);
      return [...(lack === undefined ? [] : [lack]), ...(await cantMove(guest))];
    });

  quiet: HostOps['quiet'] = (ref) => this.#do(ref, quietGuest);

  dump: HostOps['dump'] = (ref, to) =>
    this.#do(ref, (guest) =>
      dumpGuest(guest, { to, send: this.#send, imagesLackRoom: () => this.#imagesLackRoom(guest) }),
    );

  send: HostOps['send'] = (ref, to) => this.#do(ref, (guest) => sendGuest(guest, to, this.#send));

  receiveMemory: ImageReceiver['receiveMemory'] = (ref, sender, token, images) =>
    this.#do(ref, (guest) => receiveMemory(announced(guest, sender, token), images));

  receive: ImageReceiver['receive'] = (ref, sender, token, images) =>
    this.#do(ref, (guest) => receiveRest(announced(guest, sender, token), images));

  restore: HostOps['restore'] = (ref, spec, token, record) =>
    this.#do(ref, (guest) => restoreGuest(guest, spec, token, record));

  unlock: HostOps['unlock'] = (ref) => this.#do(ref, unlockGuest);

  prepared: HostOps['prepared'] = (ref) => this.#do(ref, preparedGuest);

  go: HostOps['go'] = (ref) => this.#do(ref, letGo);

  async resume(ref: GuestRef): Promise<void> {
    this.#guests.get(nameOf(ref))?.interrupt('the move was given up');
    await this.#do(ref, resumeGuest);
  }

  signal: HostOps['signal'] = (ref, ...rest) => this.#doNow(ref, (guest) => signalGuest(guest, ...rest));

  nice: HostOps['nice'] = (ref, nice) =>
    this.#doNow(ref, (guest) => {
      for (const pid of guest.cgroup.pids()) os.setPriority(pid, nice);
    });

  /** At once, whatever is being done with it. */
  async steer(ref: GuestRef, traits: JobTraits): Promise<void> {
    const guest = this.#guest(ref);
    guest.note({ spec: { ...guest.spec, traits } });
  }

  async discard(ref: GuestRef): Promise<void> {
    const guest = this.#guests.get(nameOf(ref));
    if (!guest || guest.ref.home !== ref.home) return;
    guest.interrupt('the job was taken away');
    // A restore that waits for a lock ends with its processes only.
    guest.cgroup.killNow();
    await guest.queue.run(async () => {
      await guest.remove();
      this.#guests.delete(nameOf(ref));
    });
  }

  /** Every guest there is now. */
  all(): Guest[] {
    return [...this.#guests.values()];
  }

  /** Ends every guest, all at once and as far as it goes: this member leaves. */
  async discardAll(): Promise<void> {
    await Promise.allSettled([...this.#guests.values()].map(({ ref }) => this.discard(ref)));
  }

  async list(): Promise<readonly GuestView[]> {
    return [...this.#guests.values()].map((guest) => {
      const { memoryBytes, cpuMs, waitedMs } = guest.cgroup;
      const pids = guest.cgroup.pids();
      const { spec, want } = guest.record;
      return {
        ref: guest.ref,
        uid: want.uid,
        state: guest.record.state,
        command: spec?.argv.join(' ').slice(0, 4096) ?? '',
        tasks: pids.length,
        memoryBytes,
        imageBytes: imageBytes(pids),
        cpuMs,
        waitedMs: Math.round(waitedMs),
      };
    });
  }

  #sharedAddress({ home }: GuestRef, { address }: Reservation): string | undefined {
    const claims = this.all().map(({ ref, record }) => ({ home: ref.home, address: record.want.address }));
    return sharesAddress({ home, address }, claims) ? 'a job of another home has its address here' : undefined;
  }

  #imagesLackRoom(guest: Guest): string | undefined {
    return this.#rules.imagesLackRoom(guest.cgroup.sharedBytes, this.#promised());
  }

  /** Bytes set aside for what has not come yet. */
  #promised(): number {
    const coming = [...this.#guests.values()].filter(({ record }) => ['reserved', 'receiving'].includes(record.state));
    return coming.reduce((sum, { record }) => sum + record.want.memoryBytes + record.want.imageBytes, 0);
  }

  /** What only a guest that runs can be asked for. Nobody waits here for the steps of its move: he could not tell what became of it. */
  async #doNow(ref: GuestRef, work: (guest: Guest) => void): Promise<void> {
    checkRuns(this.#guest(ref));
    await this.#do(ref, async (guest) => {
      checkRuns(guest);
      work(guest);
    });
  }

  #do<T>(ref: GuestRef, work: (guest: Guest) => Promise<T>): Promise<T> {
    const guest = this.#guest(ref);
    return guest.queue.run(() => work(guest));
  }

  #guest(ref: GuestRef): Guest {
    const guest = this.#guests.get(nameOf(ref));
    if (!guest || guest.ref.home !== ref.home) throw new PlumpError('PLUMP_REFUSED', 'this job is not here');
    return guest;
  }
}

function announced(guest: Guest, sender: string, token: string): Guest {
  const { want } = guest.record;
  if (want.token === token && want.source === sender) return guest;
  throw new PlumpError('PLUMP_REFUSED', 'nobody announced these images');
}

function checkRuns({ record }: Guest): void {
  if (record.state !== 'running') throw new PlumpError('PLUMP_BUSY', 'it is being moved');
}

function nameOf({ id, generation }: GuestRef): string {
  return `${id}-${generation}`;
}
