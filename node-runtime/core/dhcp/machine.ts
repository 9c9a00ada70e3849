import type { Clock } from '../../base/clock.ts';
import type { DhcpReply, DhcpRequest, LeaseTerms } from '../../model/dhcp.ts';
import { SENDS_IN_ROUND, waitAfterSend, waitBetweenRounds, waitWhileExtending } from './retransmission.ts';

/** States of RFC 2131 figure 5; PROBING is the check of §3.1 step 5 that nobody else has the address. */
export type DhcpState =
  | 'INIT'
  | 'SELECTING'
  | 'REQUESTING'
  | 'PROBING'
  | 'BOUND'
  | 'RENEWING'
  | 'REBINDING'
  | 'REBOOTING'
  | 'STOPPED';

/** A lease in force. */
export interface Lease extends LeaseTerms {
  /** Clock time in ms at which its first message was asked for: from then it counts (RFC 2131 §4.4.1). */
  readonly from: number;
}

/** What the machine wants done, and what it reports. */
export interface DhcpOutput {
  /** Sends a message to one server's address by unicast, or with `broadcast` to all. */
  send(message: DhcpRequest, to: string): void;
  /** Asks the LAN whether somebody has the address; the answer comes by {@link DhcpMachine.probed}. */
  probe(address: string): void;
  /** Is an answer of a server awaited? If not, what comes may be thrown away unread. */
  awaits(answers: boolean): void;
  /** A lease is in force: set its address. `renewed`: the same address, for longer. */
  bound(lease: Lease, renewed: boolean): void;
  /** The address must not be used from now on. */
  lost(lease: Lease, why: 'expired' | 'nak' | 'conflict' | 'released' | 'no-link'): void;
  /** Something worth an event. */
  report(what: 'no-offer' | 'nak' | 'conflict' | 'no-answer', detail: string): void;
}

/** What a machine is made from. */
export interface DhcpSetup {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly mac: string;
  readonly hostname?: string;
  readonly output: DhcpOutput;
}

/** After a conflict the client waits before it begins anew (RFC 2131 §3.1 step 5: at least ten seconds). */
const AFTER_DECLINE_MS = 10_000;
const AFTER_NAK_MS = 1000;
const REBOOT_SENDS = 2;
const AWAITING: ReadonlySet<DhcpState> = new Set(['SELECTING', 'REQUESTING', 'RENEWING', 'REBINDING', 'REBOOTING']);

/** The life of one lease on one NIC (RFC 2131 §4.4), without a socket: messages come in, {@link DhcpOutput} goes out. */
export class DhcpMachine {
  readonly #setup: DhcpSetup;
  #state: DhcpState = 'STOPPED';
  #timer: Disposable | undefined;
  #xid = 0;
  #begun = 0;
  /** When the message was sent whose answer is awaited. */
  #asked = 0;
  #wanted: LeaseTerms | undefined;
  #lease: Lease | undefined;
  #rounds = 0;

  constructor(setup: DhcpSetup) {
    this.#setup = setup;
  }

  get state(): DhcpState {
    return this.#state;
  }

  get lease(): Lease | undefined {
    return this.#lease;
  }

  /** Rounds in vain since the last lease. */
  get rounds(): number {
    return this.#rounds;
  }

  /** The link is there: begins, asking first for the address of before, if any (INIT-REBOOT, RFC 2131 §3.2). */
  start(before?: string): void {
    if (before === undefined) this.#init(0);
    else this.#reboot(before);
  }

  /** The link is gone. The address goes with it; the server keeps it for us. */
  linkLost(): void {
    this.#drop('no-link');
    this.#become('STOPPED');
  }

  /** Gives the address back (RFC 2131 §4.4.6) and stops. */
  release(): void {
    const lease = this.#lease;
    if (lease) this.#send({ kind: 'release', ciaddr: lease.address, server: lease.server }, lease.server);
    this.#drop('released');
    this.#become('STOPPED');
  }

  /** Answer to a probe: somebody else has the address, or nobody answered. */
  probed(address: string, inUse: boolean): void {
    if (this.#state !== 'PROBING' || this.#wanted?.address !== address) return;
    if (!inUse) this.#bind(this.#wanted);
    else this.#decline(this.#wanted);
  }

  /** Somebody else uses our address, seen later (RFC 5227 §2.4). */
  conflict(): void {
    const lease = this.#lease;
    if (!lease) return;
    this.#drop('conflict');
    this.#decline(lease);
  }

  /** A message from a server. What is not for us, not awaited or from another server is dropped. */
  input(reply: DhcpReply): void {
    if (reply.xid !== this.#xid || reply.mac !== this.#setup.mac) return;
    if (reply.kind === 'nak') {
      if (this.#mayBelieve(reply.server)) this.#refused(reply.reason);
    } else if (reply.kind === 'ack') this.#acknowledged(reply.terms);
    else if (this.#state === 'SELECTING') this.#request(reply.terms);
  }

  #acknowledged(terms: LeaseTerms): void {
    if (!this.#mayBelieve(terms.server)) return;
    const renewed = this.#lease !== undefined && terms.address === this.#lease.address;
    if (renewed) return this.#bind(terms);
    if (this.#lease) this.#drop('nak');
    this.#wanted = terms;
    this.#become('PROBING');
    this.#setup.output.probe(terms.address);
  }

  /** While one server was asked, only that one may answer; rebinding and rebooting ask all. */
  #mayBelieve(server: string): boolean {
    if (this.#state === 'REQUESTING') return server === this.#wanted?.server;
    if (this.#state === 'RENEWING') return server === this.#lease?.server;
    return this.#state === 'REBINDING' || this.#state === 'REBOOTING';
  }

  #refused(reason: string): void {
    this.#setup.output.report('nak', reason);
    this.#drop('nak');
    this.#init(AFTER_NAK_MS);
  }

  #init(delayMs: number): void {
    this.#become('INIT');
    this.#timer = this.#setup.clock.after(delayMs, () => this.#select());
  }

  #select(): void {
    this.#become('SELECTING');
    this.#newExchange();
    this.#sendInTurn(
      SENDS_IN_ROUND,
      () => this.#send({ kind: 'discover' }, 'broadcast'),
      () => this.#inVain('no-offer', `round ${this.#rounds + 1}`),
    );
  }

  #inVain(what: 'no-offer' | 'no-answer', detail: string): void {
    this.#rounds++;
    this.#setup.output.report(what, detail);
    this.#init(waitBetweenRounds(this.#setup.random));
  }

  #request(terms: LeaseTerms): void {
    this.#wanted = terms;
    this.#become('REQUESTING');
    const { address: requested, server } = terms;
    this.#sendInTurn(
      SENDS_IN_ROUND,
      () => this.#send({ kind: 'request', requested, server }, 'broadcast'),
      () => this.#inVain('no-answer', server),
    );
  }

  #reboot(requested: string): void {
    this.#become('REBOOTING');
    this.#newExchange();
    this.#sendInTurn(
      REBOOT_SENDS,
      () => this.#send({ kind: 'request', requested }, 'broadcast'),
      () => this.#init(0),
    );
  }

  #bind(terms: LeaseTerms): void {
    const renewed = this.#lease !== undefined;
    const lease: Lease = { ...terms, from: this.#asked };
    this.#lease = lease;
    this.#rounds = 0;
    this.#become('BOUND');
    this.#setup.output.bound(lease, renewed);
    if (Number.isFinite(lease.leaseSeconds)) this.#at(lease.from + lease.t1 * 1000, () => this.#renew());
  }

  #renew(): void {
    const lease = this.#lease as Lease;
    this.#become('RENEWING');
    this.#newExchange();
    this.#extend(lease, lease.from + lease.t2 * 1000, lease.server, () => this.#rebind());
  }

  #rebind(): void {
    const lease = this.#lease as Lease;
    this.#become('REBINDING');
    this.#extend(lease, lease.from + lease.leaseSeconds * 1000, 'broadcast', () => {
      this.#drop('expired');
      this.#init(0);
    });
  }

  /** Asks again and again until `end`, with ever shorter waits. */
  #extend(lease: Lease, end: number, to: string, then: () => void): void {
    this.#send({ kind: 'request', ciaddr: lease.address }, to);
    const wait = waitWhileExtending(end - this.#setup.clock.now(), lease.leaseSeconds);
    if (wait === undefined) this.#at(end, then);
    else this.#timer = this.#setup.clock.after(wait, () => this.#extend(lease, end, to, then));
  }

  #decline(terms: LeaseTerms): void {
    this.#setup.output.report('conflict', terms.address);
    this.#send({ kind: 'decline', requested: terms.address, server: terms.server }, 'broadcast');
    this.#init(AFTER_DECLINE_MS);
  }

  #drop(why: Parameters<DhcpOutput['lost']>[1]): void {
    const lease = this.#lease;
    this.#lease = undefined;
    if (lease) this.#setup.output.lost(lease, why);
  }

  #sendInTurn(times: number, send: () => void, giveUp: () => void): void {
    const { clock, random } = this.#setup;
    const next = (n: number) => {
      if (n === times) return giveUp();
      send();
      this.#timer = clock.after(waitAfterSend(n, random), () => next(n + 1));
    };
    next(0);
  }

  #send(message: Pick<DhcpRequest, 'kind' | 'ciaddr' | 'requested' | 'server'>, to: string): void {
    const { clock, mac, hostname, output } = this.#setup;
    this.#asked = clock.now();
    const secs = Math.floor((this.#asked - this.#begun) / 1000);
    output.send({ ...message, xid: this.#xid, secs, mac, ...(hostname === undefined ? {} : { hostname }) }, to);
  }

  #newExchange(): void {
    this.#xid = Math.floor(this.#setup.random() * 0xffffffff) + 1;
    this.#begun = this.#setup.clock.now();
  }

  #at(time: number, action: () => void): void {
    this.#timer = this.#setup.clock.after(Math.max(0, time - this.#setup.clock.now()), action);
  }

  #become(state: DhcpState): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    const before = AWAITING.has(this.#state);
    this.#state = state;
    if (AWAITING.has(state) !== before) this.#setup.output.awaits(!before);
  }
}
