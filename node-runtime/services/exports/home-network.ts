import { messageOf, PlumpError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { Queue } from '../../base/queue.ts';
import type { PublishedPort, RouteTarget } from '../../model/guest-ops.ts';
import type { ExitForwards } from '../../system/exit-forwards.ts';
import type { JobLinks } from '../../system/job-links.ts';
import { HOME_EXIT } from '../../system/overlay-filter.ts';
import type { OverlayGate } from '../../system/overlay-gate.ts';

/** What home's side of jobs' network needs. */
export interface HomeNetworkDeps {
  readonly links: JobLinks;
  readonly gate: OverlayGate;
  readonly forwards: ExitForwards;
  readonly log: Log;
  /** Starts the way out (user-space NAT), once. `restarted`: it forgot what it listened on. */
  startExit(restarted: () => void): void;
}

/** Home's side of its jobs' network: where the packets of each job's address go, and which ports of home are a job's. */
export class HomeNetwork {
  readonly #deps: HomeNetworkDeps;
  readonly #queue = new Queue();
  readonly #published = new Map<string, readonly PublishedPort[]>();

  constructor(deps: HomeNetworkDeps) {
    this.#deps = deps;
  }

  route(id: string, address: string, to: RouteTarget): Promise<void> {
    return this.#queue.run(async () => {
      const { links, gate } = this.#deps;
      this.#startExit();
      const tunnel = typeof to === 'object' ? await links.tunnel(to.member) : undefined;
      const device = to === 'here' ? links.cablesOf(id)[0] : tunnel;
      await gate.placeJob(address, device === undefined ? [] : [device]);
      await links.route(address, device === undefined ? 'nowhere' : { device });
    });
  }

  /** @throws PlumpError PLUMP_REFUSED when a port is taken; none of them is published then. */
  publish(id: string, address: string, ports: readonly PublishedPort[]): Promise<void> {
    return this.#queue.run(async () => {
      if (ports.length === 0) return;
      this.#checkFree(id, ports);
      this.#startExit();
      this.#published.set(id, ports);
      try {
        for (const one of ports) await this.#deps.gate.publish(one.port, address);
        await this.#listen(ports);
      } catch (error) {
        await this.#unpublish(id);
        throw error;
      }
    });
  }

  /** What listens for a job of this home already is none of its user's other jobs'. */
  #checkFree(id: string, ports: readonly PublishedPort[]): void {
    const others = [...this.#published].flatMap(([owner, theirs]) => (owner === id ? [] : theirs));
    const taken = ports.find(({ port }) => others.some((one) => one.port === port));
    if (taken) throw new PlumpError('PLUMP_REFUSED', `port ${taken.port} of home is taken by another job`);
  }

  release(id: string, address: string): Promise<void> {
    return this.#queue.run(async () => {
      await this.#unpublish(id);
      await this.#deps.gate.placeJob(address, []);
      await this.#deps.links.unroute(address);
    });
  }

  #startExit(): void {
    this.#deps.startExit(() => {
      const again = [...this.#published.values()].flat();
      this.#listen(again).catch((error: unknown) =>
        this.#deps.log.error('ports of jobs are not listened on any more', { error: messageOf(error) }),
      );
    });
  }

  async #listen(ports: readonly PublishedPort[]): Promise<void> {
    for (const one of ports) await this.#deps.forwards.add(one);
  }

  async #unpublish(id: string): Promise<void> {
    for (const one of this.#published.get(id) ?? []) {
      await this.#deps.forwards.remove(one);
      await this.#deps.gate.unpublish(one.port);
    }
    this.#published.delete(id);
  }
}

/** How the way out is started: nothing of the machine's forwarding or firewall is touched (evidence f6 §4). */
export function exitCommand(namespaceFile: string, controlSocket: string): readonly [string, readonly string[]] {
  const options = ['--configure', '--mtu=1380', '--disable-host-loopback', '--netns-type=path'];
  return ['slirp4netns', [...options, `--api-socket=${controlSocket}`, namespaceFile, HOME_EXIT]];
}
