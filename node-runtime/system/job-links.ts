import { dlopen } from 'node:ffi';
import { readdirSync, writeFileSync } from 'node:fs';
import { messageOf } from '../base/errors.ts';
import { Remembered } from '../base/remembered.ts';
import { type NetworkNamespace, openNamespace, removeNamespace } from './netns.ts';
import type { RunCommand } from './run-command.ts';

/** MTU of jobs: that of the overlay less a tunnel's header. */
const MTU = 1380;
/** Equal on every host, so that nothing in a job changes when it moves. */
const OUTER_MAC = '02:00:00:00:00:01';
const INNER_MAC = '02:00:00:00:00:02';
/** A router every job has, on no real network. */
const GATEWAY = '169.254.1.1';
/** Tables of a tunnel: its interface's index added. */
const TO_JOBS = 100_000;
const TO_PEER = 200_000;

const { functions: libc } = dlopen(null, { if_nametoindex: { arguments: ['string'], return: 'u32' } });

/** One life of a job on this host. */
export interface JobLinkNames {
  /** File of its network namespace. */
  readonly namespace: string;
  /** The outer end of its cable, in the overlay's namespace. */
  readonly cable: string;
}

/** Names carry the generation: source and target of a move may be the same machine. */
export function jobLinkNames(id: string, generation: number): JobLinkNames {
  return { namespace: `/run/netns/j${id}-${generation}`, cable: `v${id}-${generation}` };
}

/** Name of the tunnel to a member: its address' last 48 bits. */
function tunnelName(member: string): string {
  const groups = member.split(':').slice(-3);
  return `pj${groups.map((group) => group.padStart(4, '0')).join('')}`;
}

/** Jobs' cables, tunnels and routes in the overlay's namespace, by `ip`. Everything may be asked for twice. */
export class JobLinks {
  readonly #overlay: NetworkNamespace;
  readonly #self: string;
  readonly #run: RunCommand;
  /** Tables that packets of a device are led to. */
  readonly #rules = new Remembered(async () => parseRules(await this.#ip(this.#overlay, ['-4', 'rule', 'show'])));

  constructor(overlay: NetworkNamespace, self: string, run: RunCommand) {
    this.#overlay = overlay;
    this.#self = self;
    this.#run = run;
    // What is made from now on forwards; what a job may send where is the filter's part.
    overlay.run(() => {
      for (const [name, value] of [
        ['default/forwarding', '1'],
        ['default/rp_filter', '0'],
        ['all/rp_filter', '0'],
      ])
        writeFileSync(`/proc/sys/net/ipv4/conf/${name}`, value ?? '');
      writeFileSync('/proc/sys/net/ipv6/conf/default/disable_ipv6', '1');
    });
  }

  /** A fresh network for a job, with its cable pulled. */
  async make({ namespace, cable }: JobLinkNames, address: string): Promise<void> {
    await this.remove({ namespace, cable });
    using inside = openNamespace(namespace);
    inside.run(() => writeFileSync('/proc/sys/net/ipv6/conf/default/disable_ipv6', '1'));
    // Made from inside, with its outer end in the overlay's namespace: one start of `ip` for everything.
    await this.#batch(
      inside,
      `link add eth0 address ${INNER_MAC} mtu ${MTU} type veth peer name ${cable} netns ${this.#overlay.path} address ${OUTER_MAC} mtu ${MTU}`,
      'link set lo up',
      `link set eth0 mtu ${MTU} up`,
      `addr add ${address}/32 dev eth0`,
      `route add ${GATEWAY} dev eth0 scope link`,
      `route add default via ${GATEWAY}`,
      `neigh replace ${GATEWAY} lladdr ${OUTER_MAC} dev eth0 nud permanent`,
    );
  }

  /**
   * Plugs the cable in. `tunnel`: the job's home is elsewhere, its packets go there and nowhere else; without it they take
   * this member's own routes.
   */
  async plug({ cable }: JobLinkNames, address: string, tunnel: string | undefined): Promise<void> {
    const index = tunnel === undefined ? 0 : this.#indexOf(tunnel);
    await this.#batch(
      this.#overlay,
      `link set ${cable} up`,
      `neigh replace ${address} lladdr ${INNER_MAC} dev ${cable} nud permanent`,
      `route replace ${address}/32 dev ${cable}${index === 0 ? '' : ` table ${TO_JOBS + index}`}`,
      ...(index === 0 ? [] : await this.#rule(cable, TO_PEER + index)),
    );
  }

  /** Pulls the cable: nothing comes or goes any more. */
  async unplug({ cable }: JobLinkNames): Promise<void> {
    await this.#batch(this.#overlay, `link set ${cable} down`);
  }

  async remove({ namespace, cable }: JobLinkNames): Promise<void> {
    if (this.#names().includes(cable))
      await this.#batch(this.#overlay, `link del ${cable}`, ...(await this.#forgetRules(cable)));
    removeNamespace(namespace);
  }

  /** The tunnel to a member, made where it is missing. */
  async tunnel(member: string): Promise<string> {
    const name = tunnelName(member);
    if (this.#names().includes(name)) return name;
    await this.#batch(
      this.#overlay,
      // Made inside: a tunnel made elsewhere and moved would look for its peer there (evidence f6 §4).
      `link add ${name} type ip6tnl mode ip4ip6 local ${this.#self} remote ${member} encaplimit none`,
      `link set ${name} mtu ${MTU} up`,
    );
    const index = this.#indexOf(name);
    await this.#batch(
      this.#overlay,
      `route replace default dev ${name} table ${TO_PEER + index}`,
      ...(await this.#rule(name, TO_JOBS + index)),
    );
    return name;
  }

  /** At home: where the address' packets go. A cable that is not plugged in yet leads nowhere; {@link plug} sees to it. */
  async route(address: string, to: { readonly device: string } | 'nowhere'): Promise<void> {
    const nowhere = `route replace blackhole ${address}/32`;
    if (to === 'nowhere') return this.#batch(this.#overlay, nowhere);
    try {
      await this.#batch(this.#overlay, `route replace ${address}/32 dev ${to.device}`);
    } catch (error) {
      // A cable that is not plugged in.
      if (!/not up|down/i.test(messageOf(error))) throw error;
      await this.#batch(this.#overlay, nowhere);
    }
  }

  /** At home: the address is nobody's any more. */
  async unroute(address: string): Promise<void> {
    try {
      await this.#ip(this.#overlay, ['-4', 'route', 'flush', 'exact', `${address}/32`]);
    } catch (error) {
      // It went with its cable, after `ip` had seen it.
      if (!/No such process/.test(messageOf(error))) throw error;
    }
  }

  /** Cables of a job on this machine, newest generation first. */
  cablesOf(id: string): string[] {
    const generation = (name: string) => Number(name.split('-')[1]);
    return this.#names()
      .filter((name) => name.startsWith(`v${id}-`))
      .toSorted((a, b) => generation(b) - generation(a));
  }

  #names(): string[] {
    return this.#overlay.run(() => readdirSync('/proc/sys/net/ipv4/conf'));
  }

  #indexOf(device: string): number {
    return this.#overlay.run(() => libc.if_nametoindex(device));
  }

  /** The command, if any, that leads what comes from a device to a table, where it is not there yet. */
  async #rule(device: string, table: number): Promise<string[]> {
    const rules = await this.#rules.get();
    const tables = rules.get(device) ?? new Set();
    if (tables.has(table)) return [];
    rules.set(device, tables.add(table));
    return [`rule add iif ${device} lookup ${table}`];
  }

  async #forgetRules(device: string): Promise<string[]> {
    const rules = await this.#rules.get();
    const tables = [...(rules.get(device) ?? [])];
    rules.delete(device);
    return tables.map((table) => `rule del iif ${device} lookup ${table}`);
  }

  async #batch(namespace: NetworkNamespace, ...commands: readonly string[]): Promise<void> {
    try {
      await namespace.run(() => this.#run('ip', ['-batch', '-'], { input: `${commands.join('\n')}\n` }));
    } catch (error) {
      // What was done of it is not known: look again.
      this.#rules.forget();
      throw error;
    }
  }

  #ip(namespace: NetworkNamespace, args: readonly string[]): Promise<string> {
    return namespace.run(() => this.#run('ip', args));
  }
}

/** Lines like `32765:	from all iif v0a0b0c0d-1 lookup 200007`; a device that is gone is marked. */
function parseRules(text: string): Map<string, Set<number>> {
  const rules = new Map<string, Set<number>>();
  for (const [, device = '', table] of text.matchAll(/ iif (\S+) .*?lookup (\d+)/g))
    rules.set(device, (rules.get(device) ?? new Set()).add(Number(table)));
  return rules;
}
