import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type NetworkNamespace, openNamespace, removeNamespace } from '#runtime/system/netns.ts';
import { type RunCommand, runCommand } from '#runtime/system/run-command.ts';

// `npm` puts programs of packages first in PATH, one of them called nft.
process.env['PATH'] = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A machine on a {@link Lan}: a network namespace with veth NICs. */
export interface LanHost {
  readonly namespace: NetworkNamespace;
  /** Runs a program in it. */
  readonly run: RunCommand;
  /** Plugs a new NIC into a segment; without an address it stays down. */
  plug(nic: string, segment: number, cidr?: string): Promise<void>;
  unplug(nic: string): Promise<void>;
}

/** Network segments (bridges in a namespace of their own) and machines on them; nothing of it touches this machine's network. */
export class Lan implements AsyncDisposable {
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'plumpos-lan-'));
  readonly #open: { namespace: NetworkNamespace & Disposable; file: string }[] = [];
  readonly #switch: LanHost;
  #ports = 0;

  private constructor() {
    this.#switch = this.host('switch');
  }

  static async make(segments = 1): Promise<Lan> {
    const lan = new Lan();
    for (let i = 0; i < segments; i++)
      await lan.switch(`link add br${i} type bridge forward_delay 0 mcast_snooping 0`, `link set br${i} up`);
    return lan;
  }

  /** A new machine without NICs. */
  host(name: string): LanHost {
    const file = path.join(this.#folder, name);
    const namespace = openNamespace(file);
    this.#open.push({ namespace, file });
    const run: RunCommand = (program, args, options) => namespace.run(() => runCommand(program, args, options));
    const plug = async (nic: string, segment: number, cidr?: string) => {
      const port = `p${++this.#ports}`;
      await this.switch(
        `link add ${port} type veth peer name ${nic} netns ${file}`,
        `link set ${port} master br${segment} up`,
      );
      if (cidr === undefined) return;
      await run('ip', ['-batch', '-'], { input: `link set lo up\nlink set ${nic} up\naddr add ${cidr} dev ${nic}\n` });
    };
    const unplug = async (nic: string) => void (await run('ip', ['link', 'del', nic]));
    return { namespace, run, plug, unplug };
  }

  /** `ip` commands on the switch, where bridges are br0, br1 … and their ports p1, p2 … in the order of plugging. */
  async switch(...lines: string[]): Promise<void> {
    await this.#switch.run('ip', ['-batch', '-'], { input: `${lines.join('\n')}\n` });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { namespace, file } of this.#open) {
      namespace[Symbol.dispose]();
      removeNamespace(file);
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
