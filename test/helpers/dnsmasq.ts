import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { endsWithUs } from '#builder/host/ends-with-us.ts';
import { openTools } from '#builder/host/open-tools.ts';
import type { LanHost } from './lan.ts';

/** A real dnsmasq on one machine of a LAN. Disposing of it ends it at once, as a power cord pulled out. */
export class Dnsmasq implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #folder: string;
  /** All it has logged. */
  log = '';

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.log += text;
    });
  }

  /** Starts it; options as in its configuration file. Leases are kept in memory of this run only. */
  static async start(host: LanHost, options: readonly string[]): Promise<Dnsmasq> {
    const tools = await openTools('vm', { env: process.env, notice: () => {} });
    const { file, args } = tools.command('dnsmasq');
    const folder = mkdtempSync(path.join(tmpdir(), 'plumpos-dnsmasq-'));
    const fixed = ['port=0', 'no-daemon', 'log-dhcp', 'no-ping', 'user=root', 'bind-dynamic', 'dhcp-authoritative'];
    const all = [
      '--conf-file=/dev/null',
      '--pid-file=',
      `--dhcp-leasefile=${folder}/leases`,
      ...[...fixed, ...options].map((one) => `--${one}`),
    ];
    const [program, ...words] = endsWithUs([file, ...args, ...all], 'KILL');
    const child = host.namespace.run(() => spawn(program, words, { stdio: ['ignore', 'ignore', 'pipe'] }));
    const server = new Dnsmasq(child, folder);
    await server.says(/DHCP, (IP range|sockets bound|static leases)/);
    return server;
  }

  /** Waits until its log matches. */
  async says(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.log)) {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null)
        throw new Error(`dnsmasq ended: ${this.log}`);
      await once(this.#child.stderr as NonNullable<ChildProcess['stderr']>, 'data');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.kill('SIGKILL')) await once(this.#child, 'exit');
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
