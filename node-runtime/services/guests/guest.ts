import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { PlumpError } from '../../base/errors.ts';
import { writeError } from '../../base/write-error.ts';
import type { Log } from '../../base/log.ts';
import { Queue } from '../../base/queue.ts';
import type { GuestRef } from '../../model/guest.ts';
import { type GuestPaths, guestPaths } from '../../model/guest-paths.ts';
import type { JobSpec } from '../../model/job-spec.ts';
import { GuestCgroup } from '../../system/guest-cgroup.ts';
import { removeMounts } from '../../system/guest-dev.ts';
import type { IdentifierGate } from '../../system/identifier-gate.ts';
import { type JobLinkNames, jobLinkNames, type JobLinks } from '../../system/job-links.ts';
import type { OverlayGate } from '../../system/overlay-gate.ts';
import { replaceFile } from '../../system/replace-file.ts';
import { keepState } from '../../system/state-file.ts';
import type { GuestRecord } from './guest-record.ts';

/** What all guests of a host share. */
export interface GuestWorld {
  /** Overlay address of this member. */
  readonly self: string;
  readonly namespaceFile: string;
  readonly cgroups: string;
  readonly links: JobLinks;
  readonly gate: OverlayGate;
  readonly identifiers: IdentifierGate;
  readonly clock: Clock;
  readonly log: Log;
}

/** A task that waits for files which home must answer or refuse is not given up sooner. */
const KILL_MS = 10_000;

/** One guest: its record, its names, and the making and unmaking of what is around it. */
export class Guest {
  readonly ref: GuestRef;
  readonly world: GuestWorld;
  readonly paths: GuestPaths;
  readonly names: JobLinkNames;
  readonly cgroup: GuestCgroup;
  /** Operations on it, one after the other. */
  readonly queue = new Queue();
  /** A restore that was begun, until its end. */
  restoring: Promise<void> | undefined;
  /** Ends the operation that runs now. */
  stop = new AbortController();
  /** When it was first heard of, or asked for again, by the clock. */
  since: number;
  #record: GuestRecord;
  #removed = false;

  constructor(world: GuestWorld, record: GuestRecord) {
    const { id, generation } = record.ref;
    this.world = world;
    this.ref = record.ref;
    this.paths = guestPaths(record.ref);
    this.names = jobLinkNames(id, generation);
    this.cgroup = new GuestCgroup(world.cgroups, `${id}-${generation}`);
    this.#record = record;
    this.since = world.clock.now();
  }

  get record(): GuestRecord {
    return this.#record;
  }

  get spec(): JobSpec {
    if (!this.#record.spec) throw new PlumpError('PLUMP_REFUSED', 'nothing of this job has come here yet');
    return this.#record.spec;
  }

  /** Home is this very member. */
  get atHome(): boolean {
    return this.ref.home === this.world.self;
  }

  /** Its own address, or undefined when it has home's network. */
  get address(): string | undefined {
    const { network } = this.spec;
    return network === 'host' ? undefined : network.address;
  }

  /** Ends the operation that runs now; the next one is not concerned. */
  interrupt(why: string): void {
    this.stop.abort(new PlumpError('PLUMP_REFUSED', why));
    this.stop = new AbortController();
  }

  /** Notes a step; what is noted survives the agent. Whoever still has something to say of one that was removed is too late. */
  note(change: Partial<GuestRecord>): void {
    this.#record = { ...this.#record, ...change };
    if (this.#removed) return;
    try {
      mkdirSync(this.paths.folder, { recursive: true, mode: 0o700 });
      keepState(this.paths.record, this.#record);
    } catch (cause) {
      throw writeError('the record of a guest', this.paths.folder, cause);
    }
  }

  /** Lets home's relay in, or (at home) nobody: home's own relay asks the shim itself. */
  openRelay(): void {
    const { home, generation } = this.ref;
    const line = `${home} ${generation} ${this.#record.token} ${this.paths.socket}`;
    const folder = path.dirname(this.paths.relay);
    try {
      mkdirSync(folder, { recursive: true });
      replaceFile(this.paths.relay, `${line}\n`, 0o600);
    } catch (cause) {
      throw writeError("the relay's table", folder, cause);
    }
  }

  closeRelay(): void {
    rmSync(this.paths.relay, { force: true });
  }

  /** Plugs its cable in. */
  async connect(): Promise<void> {
    const { links, gate } = this.world;
    if (this.address === undefined) return;
    const tunnel = this.atHome ? undefined : await links.tunnel(this.ref.home);
    const interfaces = [this.names.cable, ...(tunnel === undefined ? [] : [tunnel])];
    await gate.placeJob(this.address, interfaces);
    await links.plug(this.names, this.address, tunnel);
  }

  async disconnect(): Promise<void> {
    if (this.address !== undefined) await this.world.links.unplug(this.names);
  }

  /** The cable may not be used any more; where no other life of the job is here, nor its home, nothing else either. */
  async #unplace(): Promise<void> {
    const { gate } = this.world;
    if (!this.#record.spec || this.address === undefined) return;
    const held = await gate.jobInterfaces(this.address);
    const left = held.filter((one) => one !== this.names.cable);
    const used = this.atHome || left.some((one) => one.startsWith('v'));
    await gate.placeJob(this.address, used ? left : []);
  }

  /** Kills everything of it and removes every trace. May be asked for again when tasks do not die yet. */
  async clear(): Promise<void> {
    this.closeRelay();
    await this.cgroup.kill(this.world.clock, KILL_MS);
    this.cgroup.remove();
    await this.#unplace();
    await this.world.links.remove(this.names);
    removeMounts([this.paths.dev, this.paths.images]);
    rmSync(this.paths.folder, { recursive: true, force: true });
  }

  /** {@link clear}, for good. */
  async remove(): Promise<void> {
    await this.clear();
    this.#removed = true;
  }
}
