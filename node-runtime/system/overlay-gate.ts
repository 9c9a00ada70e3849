import { feedNft, FILTER_SETS } from './overlay-filter.ts';
import type { RunCommand } from './run-command.ts';

type SetName = (typeof FILTER_SETS)[keyof typeof FILTER_SETS];

/** What may pass the overlay's filter, beside its rules. Adding or taking away twice does no harm. */
export class OverlayGate {
  readonly #inside: RunCommand;

  constructor(inside: RunCommand) {
    this.#inside = inside;
  }

  /** Opens a port of home's NFS server to a member. */
  async openNfs(member: string, port: number): Promise<void> {
    await this.#add(FILTER_SETS.nfsOpen, `${member} . ${port}`);
  }

  /** Closes it; connections that stand are cut too. */
  async closeNfs(member: string, port: number): Promise<void> {
    await this.#remove(FILTER_SETS.nfsOpen, `${member} . ${port}`);
  }

  /** The address' packets come and go by these interfaces and no other. */
  async placeJob(address: string, interfaces: readonly string[]): Promise<void> {
    const held = await this.jobInterfaces(address);
    for (const one of held)
      if (!interfaces.includes(one)) await this.#remove(FILTER_SETS.jobs, `"${one}" . ${address}`);
    for (const one of interfaces) if (!held.includes(one)) await this.#add(FILTER_SETS.jobs, `"${one}" . ${address}`);
  }

  /** What arrives for a port at home goes to the address. */
  async publish(port: number, address: string): Promise<void> {
    await this.unpublish(port);
    await this.#add(FILTER_SETS.published, `${port} : ${address}`);
  }

  async unpublish(port: number): Promise<void> {
    const text = await this.#inside('nft', ['list', 'map', 'inet', 'plumpos', FILTER_SETS.published]);
    if (new RegExp(`\\b${port} : `).test(text))
      await feedNft(this.#inside, `delete element inet plumpos ${FILTER_SETS.published} { ${port} }\n`);
  }

  /** Interfaces the address may use now. */
  async jobInterfaces(address: string): Promise<string[]> {
    const text = await this.#inside('nft', ['list', 'set', 'inet', 'plumpos', FILTER_SETS.jobs]);
    return [...text.matchAll(/"([^"]+)" \. ([\d.]+)/g)].flatMap(([, name, at]) => (at === address ? [name ?? ''] : []));
  }

  async #add(set: SetName, element: string): Promise<void> {
    await feedNft(this.#inside, `add element inet plumpos ${set} { ${element} }\n`);
  }

  async #remove(set: SetName, element: string): Promise<void> {
    // What is not in the set cannot be deleted; added first, it always is.
    await feedNft(
      this.#inside,
      `add element inet plumpos ${set} { ${element} }\ndelete element inet plumpos ${set} { ${element} }\n`,
    );
  }
}
