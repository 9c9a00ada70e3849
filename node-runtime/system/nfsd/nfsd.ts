import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { EXPORTER } from '../native-program.ts';
import { PlumpError } from '../../base/errors.ts';
import { mount, unmount } from '../mounts.ts';
import type { NetworkNamespace } from '../netns.ts';
import { readText } from '../read-text.ts';
import type { RunCommand } from '../run-command.ts';

const THREADS = 8;
/** Short, so that nobody at home waits long for a host that fell silent. */
const LEASE_SECONDS = 10;
/** First, or the kernel asks for a portmapper that is not there. */
const VERSIONS = '-2 -3 +4 -4.0 +4.1 +4.2';

/** Where the server's control files are mounted. */
export interface NfsdPaths {
  readonly control: string;
  /** For nfsdcld: the kernel asks it who may take locks again after a restart. */
  readonly pipes: string;
}

/** The programs' part in it. */

/** A listener whose connections have the rights of one user. */
export interface UserListener {
  readonly port: number;
  readonly address: string;
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

/**
 * The kernel's NFS server in the overlay's namespace, by writes to its control files. It outlives the agent: what a dead
 * one started is taken over as it is.
 */
export class Nfsd {
  readonly #namespace: NetworkNamespace;
  readonly #paths: NfsdPaths;
  readonly #run: RunCommand;

  constructor(namespace: NetworkNamespace, paths: NfsdPaths, run: RunCommand) {
    this.#namespace = namespace;
    this.#paths = paths;
    this.#run = run;
  }

  get running(): boolean {
    return Number(this.#read('threads')) > 0;
  }

  /** Mounts the control files, of this namespace's server; no thread runs yet. `nfsdcld` must be started next. */
  async prepare(): Promise<void> {
    await this.#run('modprobe', ['nfsd']);
    for (const [type, target] of [
      ['nfsd', this.#paths.control],
      ['rpc_pipefs', this.#paths.pipes],
    ] as const) {
      mkdirSync(target, { recursive: true });
      unmount(target);
      this.#namespace.run(() => mount({ source: type, target, type }));
    }
    this.#write('threads', '0');
    this.#write('nfsv4leasetime', String(LEASE_SECONDS));
    this.#write('nfsv4gracetime', String(LEASE_SECONDS));
    this.#write('versions', VERSIONS);
  }

  /** Starts serving. At least one listener must be there: a server without any would open the standard port for everybody. */
  serve(): void {
    this.#write('threads', String(THREADS));
  }

  /** Stops serving: listeners, and what the caches allowed, are gone. */
  stop(): void {
    if (this.running) this.#write('threads', '0');
    unmount(this.#paths.control);
    unmount(this.#paths.pipes);
  }

  /** @throws PlumpError PLUMP_TOOL when the port is taken. */
  async listen({ port, address, uid, gid, groups }: UserListener): Promise<void> {
    const map = (ids: readonly number[]) => [...new Set([0, ...ids])].map((id) => `${id} ${id} 1`).join(';');
    const args = [
      'listen',
      String(port),
      address,
      map([uid]),
      map([gid, ...groups]),
      `${this.#paths.control}/portlist`,
    ];
    await this.#namespace.run(() => this.#run(EXPORTER, args));
  }

  /** Forgets everything NFS clients hold whose name holds `identifier`: opens, locks, delegations. */
  async expireClients(identifier: string): Promise<void> {
    const folder = `${this.#paths.control}/clients`;
    const matching = readdirSync(folder).filter((id) => {
      const name = /^name: "(.*)"$/m.exec(readText(`${folder}/${id}/info`))?.[1] ?? '';
      return name.includes(identifier);
    });
    for (const id of matching)
      await writeFile(`${folder}/${id}/ctl`, 'expire\n').catch((error: unknown) => {
        // It took its leave by itself meanwhile.
        if (existsSync(`${folder}/${id}`)) throw error;
      });
  }

  #read(file: string): string {
    return readText(`${this.#paths.control}/${file}`).trim();
  }

  #write(file: string, value: string): void {
    try {
      writeFileSync(`${this.#paths.control}/${file}`, `${value}\n`);
    } catch (cause) {
      throw new PlumpError('PLUMP_SYSTEM', `the NFS server refuses ${file} = ${value}`, { cause });
    }
  }
}
