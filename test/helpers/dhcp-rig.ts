import { DhcpMachine, type Lease } from '#runtime/core/dhcp/machine.ts';
import type { DhcpRequest, LeaseTerms } from '#runtime/model/dhcp.ts';
import { VirtualClock } from './virtual-clock.ts';

const MAC = '02:00:00:00:00:01';
const TERMS: LeaseTerms = {
  address: '10.0.0.7',
  prefix: 24,
  server: '10.0.0.1',
  leaseSeconds: 1000,
  t1: 500,
  t2: 875,
  routes: [],
  dns: [],
  ntp: [],
};

/** A DHCP machine with a script in the place of the network: everything it wants is written down. */
export class DhcpRig {
  readonly clock = new VirtualClock();
  readonly sent: (DhcpRequest & { to: string; at: number })[] = [];
  readonly told: string[] = [];
  lease: Lease | undefined;
  awaits = false;
  #seed = 0.1;
  readonly machine = new DhcpMachine({
    clock: this.clock,
    random: () => (this.#seed = (this.#seed + 0.37) % 1),
    mac: MAC,
    hostname: 'n1',
    output: {
      send: (message, to) => this.sent.push({ ...message, to, at: this.clock.now() / 1000 }),
      probe: (address) => this.told.push(`probe ${address}`),
      awaits: (answers) => void (this.awaits = answers),
      bound: (lease, renewed) => {
        this.lease = lease;
        this.told.push(renewed ? 'renewed' : `bound ${lease.address}`);
      },
      lost: (_, why) => {
        this.lease = undefined;
        this.told.push(`lost ${why}`);
      },
      report: (what, detail) => this.told.push(`${what} ${detail}`.trim()),
    },
  });

  get last(): DhcpRequest & { to: string } {
    const last = this.sent.at(-1);
    if (!last) throw new Error('nothing was sent');
    return last;
  }

  kinds(): string[] {
    return this.sent.map(({ kind }) => kind);
  }

  answer(kind: 'offer' | 'ack', change: Partial<LeaseTerms> = {}, over: { xid?: number; mac?: string } = {}): void {
    this.machine.input({ kind, xid: this.last.xid, mac: MAC, terms: { ...TERMS, ...change }, ...over });
  }

  nak(server = TERMS.server): void {
    this.machine.input({ kind: 'nak', xid: this.last.xid, mac: MAC, server, reason: 'wrong network' });
  }

  /** Everything up to a lease in force. */
  bind(change: Partial<LeaseTerms> = {}): void {
    this.machine.start();
    this.clock.pass(0);
    this.answer('offer', change);
    this.answer('ack', change);
    this.machine.probed(change.address ?? TERMS.address, false);
  }
}
