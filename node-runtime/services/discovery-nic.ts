import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { announceIntervalMs, FIRST_ANNOUNCEMENTS_MS, type Hearing, needsBroadcast } from '../core/announce-schedule.ts';
import { partOf } from '../core/sought-peers.ts';
import type { Announcement } from '../network/ssdp/announcement.ts';
import { NicSsdp, type NicSsdpOptions } from '../network/ssdp/nic-ssdp.ts';
import { noCounts, type SsdpCounts } from '../network/ssdp/verifier.ts';

const REJOIN_MS = 60_000;
// Short: a NIC may be told of a moment before the kernel has its address.
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 30_000;

/** What one NIC of discovery needs beside what its SSDP needs. */
export interface DiscoveryNicDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** Members of the cluster now, this one included. */
  members(): number;
  random(): number;
  /** Addresses beyond this NIC where somebody says a member is. */
  sought(): readonly string[];
  readonly ssdp: Omit<NicSsdpOptions, 'onFault'>;
}

/** Announces one NIC: often at first, then ever more seldom the more members there are; starts anew after a fault. */
export class DiscoveryNic implements AsyncDisposable {
  readonly #deps: DiscoveryNicDeps;
  #ssdp: NicSsdp | undefined;
  readonly #timers = new Set<Disposable>();
  #hearing: Hearing;
  #retryMs = FIRST_RETRY_MS;
  #closing: Promise<void> = Promise.resolve();
  #closed = false;
  #turn = 0;
  #sentBefore = 0;
  #countsBefore: SsdpCounts = noCounts();

  constructor(deps: DiscoveryNicDeps) {
    this.#deps = deps;
    this.#hearing = this.#silence();
    this.#open();
  }

  get nic(): string {
    return this.#deps.ssdp.nic;
  }

  get address(): string {
    return this.#deps.ssdp.address;
  }

  get sent(): number {
    return this.#sentBefore + (this.#ssdp?.sent ?? 0);
  }

  get counts(): SsdpCounts {
    return added(this.#countsBefore, this.#ssdp?.counts ?? noCounts());
  }

  /** When members were last heard, by how they sent. */
  get hearing(): Hearing {
    return this.#hearing;
  }

  /** When something signed with another key was heard, on the clock's {@link Clock.now}. */
  get otherKeyAt(): number | undefined {
    return this.#ssdp?.otherKeyAt;
  }

  get broadcasting(): boolean {
    return needsBroadcast(this.#hearing, this.#deps.members(), this.#deps.clock.now());
  }

  /** Says now what it would say later: something about this member changed. */
  announce(): void {
    this.#ssdp?.say('alive', 'multicast');
    if (this.broadcasting) this.#ssdp?.say('alive', 'broadcast');
    for (const address of partOf(this.#deps.sought(), this.#turn++)) this.#ssdp?.tell(address);
  }

  /** Tells the others at once that this member goes. */
  leave(): void {
    this.#ssdp?.say('bye', 'multicast');
    if (this.broadcasting) this.#ssdp?.say('bye', 'broadcast');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#close();
    await this.#closing;
  }

  #open(): void {
    if (this.#closed) return;
    this.#hearing = this.#silence();
    const ssdp = new NicSsdp({
      ...this.#deps.ssdp,
      onAnnouncement: (announcement, from) => {
        this.#hear(announcement);
        this.#deps.ssdp.onAnnouncement(announcement, from);
      },
      onFault: (error) => this.#fault(ssdp, error),
    });
    this.#ssdp = ssdp;
    ssdp.start().then(
      () => this.#begin(ssdp),
      (error: unknown) => this.#fault(ssdp, error),
    );
  }

  #begin(ssdp: NicSsdp): void {
    if (this.#ssdp !== ssdp) return;
    for (const ms of FIRST_ANNOUNCEMENTS_MS) this.#after(ms, () => this.announce());
    this.#after(0, () => ssdp.say('search', 'multicast'));
    const last = FIRST_ANNOUNCEMENTS_MS.at(-1) ?? 0;
    this.#after(last, () => {
      if (this.broadcasting) ssdp.say('search', 'broadcast');
      this.#retryMs = FIRST_RETRY_MS;
      this.#announceLater();
    });
    this.#rejoinLater(ssdp);
  }

  #announceLater(): void {
    this.#after(announceIntervalMs(this.#deps.members(), this.#deps.random()), () => {
      this.announce();
      this.#announceLater();
    });
  }

  #rejoinLater(ssdp: NicSsdp): void {
    this.#after(REJOIN_MS, () => {
      try {
        ssdp.rejoin();
        this.#rejoinLater(ssdp);
      } catch (error) {
        this.#fault(ssdp, error);
      }
    });
  }

  #hear({ via }: Announcement): void {
    const now = this.#deps.clock.now();
    if (via !== 'unicast') this.#hearing = { ...this.#hearing, [via]: now };
  }

  /** The NIC went, lost its address, or refuses to send: begins anew, less and less often. */
  #fault(ssdp: NicSsdp, error: unknown): void {
    if (this.#ssdp !== ssdp) return;
    this.#deps.log.warn('discovery starts anew on this NIC', {
      nic: this.nic,
      error: messageOf(error),
      inMs: this.#retryMs,
    });
    this.#close();
    this.#after(this.#retryMs, () => this.#open());
    this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS);
  }

  #close(): void {
    for (const timer of this.#timers) timer[Symbol.dispose]();
    this.#timers.clear();
    const ssdp = this.#ssdp;
    if (!ssdp) return;
    this.#sentBefore = this.sent;
    this.#countsBefore = this.counts;
    this.#ssdp = undefined;
    this.#closing = Promise.all([this.#closing, ssdp[Symbol.asyncDispose]()]).then(() => {});
  }

  #after(ms: number, action: () => void): void {
    const timer = this.#deps.clock.after(ms, () => {
      this.#timers.delete(timer);
      action();
    });
    this.#timers.add(timer);
  }

  #silence(): Hearing {
    return { started: this.#deps.clock.now(), multicast: undefined, broadcast: undefined };
  }
}

function added(a: SsdpCounts, b: SsdpCounts): SsdpCounts {
  const sum = { ...a };
  for (const name of Object.keys(b) as (keyof SsdpCounts)[]) sum[name] += b[name];
  return sum;
}
