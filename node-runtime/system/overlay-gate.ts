import { Remembered } from '../base/remembered.ts';
import type { Nft } from './nft.ts';
import { FILTER_SETS } from './overlay-filter.ts';

type SetName = (typeof FILTER_SETS)[keyof typeof FILTER_SETS];

/**
 * What may pass the overlay's filter, beside its rules. Adding or taking away twice does no harm. The kernel is asked once
 * for what an agent before left there.
 */
export class OverlayGate {
  readonly #nft: Nft;
  readonly #jobs = new Remembered(async () => parseJobs(await this.#list('set', FILTER_SETS.jobs)));
  readonly #published = new Remembered(async () => parsePorts(await this.#list('map', FILTER_SETS.published)));

  constructor(nft: Nft) {
    this.#nft = nft;
  }

  /** Opens a port of home's NFS server to a member. */
  async openNfs(member: string, port: number): Promise<void> {
    await this.#feed(added(FILTER_SETS.nfsOpen, `${member} . ${port}`));
  }

  /** Closes it; connections that stand are cut too. */
  async closeNfs(member: string, port: number): Promise<void> {
    await this.#feed(removed(FILTER_SETS.nfsOpen, `${member} . ${port}`));
  }

  /** The address' packets come and go by these interfaces and no other. */
  async placeJob(address: string, interfaces: readonly string[]): Promise<void> {
    const held = await this.#heldBy(address);
    const gone = [...held].filter((one) => !interfaces.includes(one));
    const fresh = interfaces.filter((one) => !held.has(one));
    for (const one of gone) held.delete(one);
    for (const one of fresh) held.add(one);
    await this.#feed(
      [
        ...gone.map((one) => removed(FILTER_SETS.jobs, `"${one}" . ${address}`)),
        ...fresh.map((one) => added(FILTER_SETS.jobs, `"${one}" . ${address}`)),
      ].join(''),
    );
  }

  /** What arrives for a port at home goes to the address. */
  async publish(port: number, address: string): Promise<void> {
    const published = await this.#published.get();
    const before = published.has(port) ? `delete element inet plumpos ${FILTER_SETS.published} { ${port} }\n` : '';
    published.add(port);
    await this.#feed(before + added(FILTER_SETS.published, `${port} : ${address}`));
  }

  async unpublish(port: number): Promise<void> {
    if (!(await this.#published.get()).delete(port)) return;
    await this.#feed(`delete element inet plumpos ${FILTER_SETS.published} { ${port} }\n`);
  }

  /** Interfaces the address may use now. */
  async jobInterfaces(address: string): Promise<string[]> {
    return [...(await this.#heldBy(address))];
  }

  async #heldBy(address: string): Promise<Set<string>> {
    const jobs = await this.#jobs.get();
    const held = jobs.get(address) ?? new Set();
    jobs.set(address, held);
    return held;
  }

  #list(kind: 'set' | 'map', name: SetName): Promise<string> {
    return this.#nft(`list ${kind} inet plumpos ${name}\n`);
  }

  async #feed(commands: string): Promise<void> {
    if (commands === '') return;
    try {
      await this.#nft(commands);
    } catch (error) {
      // What is remembered may be wrong now: it is read anew.
      this.#jobs.forget();
      this.#published.forget();
      throw error;
    }
  }
}

/** Interfaces of each address. */
function parseJobs(text: string): Map<string, Set<string>> {
  const jobs = new Map<string, Set<string>>();
  for (const [, name = '', address = ''] of text.matchAll(/"([^"]+)" \. ([\d.]+)/g))
    jobs.set(address, (jobs.get(address) ?? new Set()).add(name));
  return jobs;
}

function parsePorts(text: string): Set<number> {
  return new Set([...text.matchAll(/\b(\d+) : /g)].map(([, port]) => Number(port)));
}

function added(set: SetName, element: string): string {
  return `add element inet plumpos ${set} { ${element} }\n`;
}

/** What is not in the set cannot be deleted; added first, it always is. */
function removed(set: SetName, element: string): string {
  return `${added(set, element)}delete element inet plumpos ${set} { ${element} }\n`;
}
