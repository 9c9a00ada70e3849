import type { Clock } from '../../base/clock.ts';
import { ENTRY_FIELDS, FIELD, FLAG, type Handle, type LoadMessage, messageBytes } from '../../model/load-message.ts';
import type { BalanceHost } from './balance-host.ts';
import { ByteBudget } from './byte-budget.ts';
import { type ClusterEstimate, estimateCluster } from './cluster-estimate.ts';
import { type Knobs, OPEN_KNOBS } from './knobs.ts';
import { LoadMeter } from './load-meter.ts';
import { LoadView } from './load-view.ts';
import { Reservations } from './reservations.ts';
import type { BalanceSettings } from './settings.ts';
import type { Strain } from './slowness.ts';
import { Trust } from './trust.ts';

/** Versions of an entry in a second, at most and on average. */
export const VERSIONS_PER_SECOND = 2;

/** Everything a balancer is made of. */
export interface BalancerDeps {
  readonly self: Handle;
  readonly host: BalanceHost;
  readonly clock: Clock;
  readonly random: () => number;
  readonly settings: BalanceSettings;
  /** Version of the first entry: seconds from 2020 to the boot, times {@link VERSIONS_PER_SECOND} (it has 31 bits). */
  readonly firstVersion: number;
}

/** What the parts of one member's balancer share. */
export class BalanceContext {
  readonly self: Handle;
  readonly host: BalanceHost;
  readonly clock: Clock;
  readonly random: () => number;
  readonly settings: BalanceSettings;
  readonly view: LoadView;
  readonly meter = new LoadMeter();
  readonly trust: Trust;
  readonly reservations = new Reservations();
  /** Who had no room, and until when it is not asked again. */
  readonly refused = new Map<Handle, number>();
  knobs: Knobs = OPEN_KNOBS;
  /** All jobs are to leave: `expel`, or the member is about to go. */
  leaving = false;
  readonly #budget: ByteBudget;
  readonly #firstVersion: number;
  readonly #bornMs: number;
  #version: number;

  constructor({ self, host, clock, random, settings, firstVersion }: BalancerDeps) {
    this.self = self;
    this.host = host;
    this.clock = clock;
    this.random = random;
    this.settings = settings;
    this.view = new LoadView(self, settings, random);
    this.trust = new Trust(settings);
    this.#budget = new ByteBudget(settings.bytesPerSecond, settings.burstBytes, clock.now());
    this.#version = firstVersion;
    this.#firstVersion = firstVersion;
    this.#bornMs = clock.now();
  }

  /**
   * What is told from now on is newer. At most twice a second on average: a member that was rebooted starts at the time of its boot,
   * and must then be newer than it was.
   */
  nextVersion(): void {
    const most = this.#firstVersion + (VERSIONS_PER_SECOND * (this.clock.now() - this.#bornMs)) / 1000 + 1;
    if (this.#version < most) this.#version++;
    const now = this.clock.now();
    for (const [member, until] of this.refused) if (until <= now) this.refused.delete(member);
  }

  /** This member with what was measured, for deciding that jobs leave. */
  measured(): Strain {
    // What left since the last measurement must not be counted as if it still were here.
    return this.strain(Math.min(this.meter.mean, this.host.work()));
  }

  /** This member with what is on its way to it. */
  present(): Strain {
    return this.strain(this.host.work() + this.reservations.comingWork);
  }

  /** This member with what is promised to others on top. */
  promised(): Strain {
    return this.strain(this.host.work() + this.reservations.work);
  }

  strain(work: number): Strain {
    return { work, cpus: this.host.cpus(), speed: this.host.speed() };
  }

  /** Neither did it refuse just now, nor break its word. */
  isWorthAsking(member: Handle): boolean {
    const now = this.clock.now();
    return this.trust.trusts(member, now) && (this.refused.get(member) ?? 0) <= now;
  }

  closed(): boolean {
    return this.knobs.block || this.leaving || this.host.shortMB() > 0;
  }

  freeMB(): number {
    return this.host.freeMB() - this.reservations.memoryMB;
  }

  estimate(): ClusterEstimate {
    return estimateCluster(this.view, this.present(), this.host.members(), this.clock.now(), this.settings.mostAgeMs);
  }

  /**
   * This member's own entry. Load is told as it is, not as MOSIX told it (falling slowly): there nobody asked before a process came,
   * here everybody does, and who looks for work must not be sent where there is none any more. What is only reserved is not told: it
   * is counted where it still is, and twice would make everybody believe in work that is not there.
   */
  entry(): Int32Array {
    const { host } = this;
    const entry = new Int32Array(ENTRY_FIELDS);
    entry[FIELD.member] = this.self;
    entry[FIELD.version] = this.#version;
    entry[FIELD.work] = Math.round(this.present().work);
    entry[FIELD.speed] = host.speed();
    entry[FIELD.cpus] = host.cpus();
    entry[FIELD.freeMB] = Math.max(0, Math.floor(this.freeMB()));
    entry[FIELD.flags] =
      (this.knobs.block || this.leaving ? FLAG.blocked : 0) | (host.shortMB() > 0 ? FLAG.pressed : 0);
    return entry;
  }

  /** Sends what the budget allows. Gossip may use it up; everything else leaves it a part. */
  send(to: Handle, message: LoadMessage): boolean {
    const gossip = message.kind === 'push' || message.kind === 'pull';
    const reserve = gossip ? 0 : this.settings.gossipReserve;
    if (!this.#budget.take(messageBytes(message), this.clock.now(), reserve)) return false;
    this.host.send(to, message);
    return true;
  }
}

/** How strained the owner of the first entry in a list says it is. */
export function strainIn(entries: Int32Array): Strain {
  return {
    work: entries[FIELD.work] as number,
    cpus: entries[FIELD.cpus] as number,
    speed: entries[FIELD.speed] as number,
  };
}

/** Does the owner of the first entry in a list take no guests? */
export function takesOnlyOwn(entries: Int32Array): boolean {
  return ((entries[FIELD.flags] as number) & FLAG.blocked) !== 0;
}
