import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { NodeConfig } from '../model/node-config.ts';
import { PATHS } from '../model/paths.ts';
import { type RunCommand, runCommand } from '../system/run-command.ts';

const LOOK_MS = 2000;
const SCRIPT = `${PATHS.run}/udhcpc-script`;

/** What busybox's client does with a lease: the kernel takes the address away when its time is over. */
const SCRIPT_TEXT = `#!/bin/sh
case $1 in
  bound | renew)
    ip addr replace "$ip/\${mask:-24}" dev "$interface" valid_lft "\${lease:-forever}" preferred_lft "\${lease:-forever}"
    [ -z "$router" ] || ip route replace default via "\${router%% *}" dev "$interface"
    ;;
  deconfig) ip addr flush dev "$interface" scope global ;;
esac
`;

/** Gives a node's NICs addresses by busybox's DHCP client, or those of the kernel's command line. */
export class UdhcpcNics implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #config: NodeConfig;
  readonly #run: RunCommand;
  readonly #clients = new Map<string, ChildProcess | undefined>();
  #timer: Disposable | undefined;

  constructor(deps: { clock: Clock; log: Log; config: NodeConfig; run?: RunCommand }) {
    this.#clock = deps.clock;
    this.#log = deps.log;
    this.#config = deps.config;
    this.#run = deps.run ?? runCommand;
    writeFileSync(SCRIPT, SCRIPT_TEXT, { mode: 0o755 });
    this.#look();
  }

  /** A fixed address instead of a lease. */
  async setAddress(nic: string, cidr: string, gateway: string | undefined): Promise<void> {
    this.#clients.get(nic)?.kill();
    await this.#run('ip', ['link', 'set', nic, 'up']);
    await this.#run('ip', ['addr', 'replace', cidr, 'dev', nic]);
    if (gateway !== undefined) await this.#run('ip', ['route', 'replace', 'default', 'via', gateway, 'dev', nic]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    // It gives the lease back by itself (-R).
    for (const client of this.#clients.values()) client?.kill('SIGTERM');
  }

  #look(): void {
    for (const name of readdirSync('/sys/class/net')) {
      if (this.#clients.has(name) || !existsSync(`/sys/class/net/${name}/device`)) continue;
      this.#clients.set(name, undefined);
      this.#bringUp(name).catch((error: unknown) =>
        this.#log.warn('a NIC was not brought up', { nic: name, error: String(error) }),
      );
    }
    this.#timer = this.#clock.after(LOOK_MS, () => this.#look());
  }

  async #bringUp(name: string): Promise<void> {
    const fixed = this.#config.addresses.map((one) => one.split(':')).find(([nic]) => nic === name);
    if (fixed?.[1] !== undefined) return this.setAddress(name, fixed[1], fixed[2]);
    await this.#run('ip', ['link', 'set', name, 'up']);
    if (this.#config.noDhcp) return;
    const client = spawn('udhcpc', ['-f', '-R', '-i', name, '-s', SCRIPT, '-t', '5', '-T', '1', '-A', '3'], {
      stdio: 'ignore',
    });
    client.on('error', (error) => this.#log.warn('udhcpc does not start', { nic: name, error: error.message }));
    this.#clients.set(name, client);
  }
}
