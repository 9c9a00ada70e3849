import { type Knobs, OPEN_KNOBS } from '#runtime/core/balance/knobs.ts';
import { DECAY } from '#runtime/model/decay.ts';
import type { Job } from '#runtime/core/jobs/job.ts';
import { makeLog } from '#runtime/base/log.ts';
import { type GuestReading, guestKey } from '#runtime/services/balance/guest-readings.ts';
import { MemberBalance } from '#runtime/services/balance/member-balance.ts';
import { withPromises } from '#runtime/services/balance/promised-room.ts';
import type { MemoryGuest, MemoryHost } from './move-room/memory-host.ts';
import { MoveRoom } from './move-room/move-room.ts';
import { viewsOf } from './move-room/room-member.ts';

const STEP_MS = 100;
const COMING: readonly string[] = ['reserved', 'receiving', 'starting', 'restoring', 'queued', 'prepared'];
const FREE_MB = 1024;
/** CPUs that everything else on a member uses, the agent first of all. */
const OTHER = 0.3;

/** CPU time of a guest so far (ms). */
interface Spent {
  used: number;
  waited: number;
}

/** The real balancers of a home and its hosts, which are in memory: every program computes, and each member has one CPU. What is measured is not exact, as it never is. */
export class BalancedRoom {
  readonly room: MoveRoom;
  /** Knobs of members, where they are not open. */
  readonly knobs = new Map<string, Partial<Knobs>>();
  /** Members that take no part. */
  readonly quiet = new Set<string>();
  readonly totalMs = new Map<string, number>();
  /** MB free, where it is not plenty. */
  readonly freeMB = new Map<string, number>();
  readonly #balances = new Map<string, MemberBalance>();
  readonly #spent = new Map<string, Spent>();

  constructor(...hosts: string[]) {
    const at = (name: string) => this.at(name);
    this.room = new MoveRoom({
      hosts,
      balance: {
        home: {
          place: (job, bytes) => at('home').place(job, bytes),
          allows: (member) => at('home').allows(member),
          shareAt: (member) => at('home').shareAt(member),
          starved: (by) => at('home').starved(by),
        },
        door: (host) => withPromises(host, () => at(host.name)),
      },
    });
    for (const name of ['home', ...hosts]) this.#balances.set(name, this.#balanceOf(this.room.member(name).host));
    this.#compute();
  }

  at(name: string): MemberBalance {
    const found = this.#balances.get(name);
    if (found === undefined) throw new Error(`no member ${name}`);
    return found;
  }

  /** Starts so many programs, one after the other. */
  async start(where: string, count: number): Promise<Job[]> {
    const jobs: Job[] = [];
    for (let i = 0; i < count; i++) jobs.push(await this.room.run(where, { pid: 1000 + this.room.home.jobs().length }));
    return jobs;
  }

  /** How many programs run on each member, by its name. */
  counts(): Record<string, number> {
    const running = this.room.copies().filter(({ runs }) => runs);
    return Object.fromEntries(
      [...this.#balances.keys()].map((name) => [name, running.filter(({ on }) => on === name).length]),
    );
  }

  #balanceOf(host: MemoryHost): MemberBalance {
    const { room } = this;
    const { name, overlay } = host;
    const nameOf = (member: string) => room.members.get(member)?.host.name ?? '';
    return new MemberBalance({
      self: overlay,
      members: () => viewsOf([...room.members.values()], overlay),
      read: () => ({
        cpu: { ms: this.totalMs.get(name) ?? 0, waits: true },
        memory: { somePercent: 0, freeMB: this.freeMB.get(name) ?? FREE_MB, totalMB: 2 * FREE_MB },
        guests: [...host.guests.values()].map((guest) => this.#read(guest)),
      }),
      cpus: () => 1,
      speed: () => 10_000,
      knobs: () => ({ ...OPEN_KNOBS, quiet: this.quiet.has(name), ...this.knobs.get(name) }),
      decay: () => DECAY,
      moves: () => room.settings.movesPerMember,
      send: (to, bytes) =>
        void room.clock.after(1, () => {
          if (room.reaches(name, nameOf(to))) this.at(nameOf(to)).receive(overlay, Buffer.from(bytes));
        }),
      hosts: () => new Set(name === 'home' ? room.home.away().map((job) => job.host) : []),
      homeOf: () => room.homeFor(host),
      firstVersion: 1,
      clock: room.clock,
      random: room.random,
      log: makeLog({ write: () => {}, wall: () => 0, level: 'error', readable: false }),
    });
  }

  #read({ ref, spec, state, runs, since }: MemoryGuest): GuestReading {
    const { used, waited } = this.#spent.get(guestKey(ref)) ?? { used: 0, waited: 0 };
    const traits = spec?.traits ?? { hints: [], locked: false, ageMs: 0 };
    return {
      key: guestKey(ref),
      ref,
      traits,
      runs: state === 'running' && runs,
      coming: COMING.includes(state),
      hints: traits.hints,
      usedMs: used,
      waitedMs: new Map([[1, waited]]),
      most: undefined,
      memoryMB: 16,
      mostMB: 0,
      promisedMB: 0,
      cpuFlags: [],
      sinceMs: since,
      moved: ref.generation > 1,
      ttyMs: Number.NEGATIVE_INFINITY,
    };
  }

  /** All that run on a member share its CPU, and wait for it in between; where they starve nothing is seen of them. */
  #compute(): void {
    for (const { host } of this.room.members.values()) {
      const running = host.starves ? [] : [...host.guests.values()].filter(({ runs }) => runs);
      for (const { ref } of running) {
        const spent = this.#spent.get(guestKey(ref)) ?? { used: 0, waited: 0 };
        spent.used += (STEP_MS / running.length) * (0.97 + 0.06 * this.room.random());
        spent.waited += STEP_MS - STEP_MS / running.length;
        this.#spent.set(guestKey(ref), spent);
      }
      this.totalMs.set(host.name, (this.totalMs.get(host.name) ?? 0) + STEP_MS * (running.length + OTHER));
    }
    this.room.clock.after(STEP_MS, () => this.#compute());
  }
}
