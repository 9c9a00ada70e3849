import { mkdirSync, writeFileSync } from 'node:fs';
import { mount, unmount } from './mounts.ts';
import type { NetworkNamespace } from './netns.ts';

/**
 * The name NFS mounts made in the overlay's namespace give themselves: one at a time for the whole namespace, read by the
 * kernel during the mount (evidence f4 §3). Mounts under the same name go together, others wait.
 */
export class IdentifierGate {
  readonly #namespace: NetworkNamespace;
  readonly #folder: string;
  #ready = false;
  #current: string | undefined;
  #users = 0;
  #waiting: (() => void)[] = [];

  constructor(namespace: NetworkNamespace, folder: string) {
    this.#namespace = namespace;
    this.#folder = folder;
  }

  async use<T>(identifier: string, work: () => Promise<T>): Promise<T> {
    while (this.#users > 0 && this.#current !== identifier)
      await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    this.#users++;
    try {
      if (this.#current !== identifier) this.#write(identifier);
      return await work();
    } finally {
      this.#users--;
      if (this.#users === 0) for (const wake of this.#waiting.splice(0)) wake();
    }
  }

  /** The file is that of the namespace sysfs was mounted in. */
  #write(identifier: string): void {
    if (!this.#ready) {
      mkdirSync(this.#folder, { recursive: true });
      unmount(this.#folder);
      this.#namespace.run(() => mount({ source: 'sysfs', target: this.#folder, type: 'sysfs' }));
      this.#ready = true;
    }
    writeFileSync(`${this.#folder}/fs/nfs/net/nfs_client/identifier`, identifier);
    this.#current = identifier;
  }
}
