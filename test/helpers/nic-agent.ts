import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { NicStatus } from '#runtime/model/status.ts';
import type { LanHost } from './lan.ts';

/** One line of test/fixtures/nic-agent.ts. */
export interface NicEvent {
  readonly event: string;
  readonly nic?: string;
  readonly address?: string;
  readonly why?: string;
  readonly engine?: string;
  readonly nics?: readonly NicStatus[];
}

/** The NIC service of a node, running in a machine of a LAN. */
export class NicAgent implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #news = new EventEmitter();
  readonly events: NicEvent[] = [];
  nics: readonly NicStatus[] = [];

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
    this.#news.setMaxListeners(0);
    createInterface({ input: child.stdout as NonNullable<ChildProcess['stdout']> }).on('line', (line) => {
      const event = JSON.parse(line) as NicEvent;
      this.events.push(event);
      if (event.nics) this.nics = event.nics;
      this.#news.emit('news');
    });
  }

  static start(host: LanHost, options: Record<string, unknown> = {}): NicAgent {
    const folder = mkdtempSync(path.join(tmpdir(), 'plumpos-nics-'));
    const fixture = path.join(import.meta.dirname, '../fixtures/nic-agent.ts');
    const words = [
      process.execPath,
      '--disable-warning=ExperimentalWarning',
      fixture,
      JSON.stringify({ scratch: folder, ...options }),
    ];
    // /sys shows the network cards of the namespace that mounted it.
    const shell = ['-m', 'sh', '-c', 'mount -t sysfs sysfs /sys && exec "$@"', 'sh', ...words];
    const child = host.namespace.run(() => spawn('unshare', shell, { stdio: ['ignore', 'pipe', 'inherit'] }));
    return new NicAgent(child, folder);
  }

  /** Waits for the first event that fits, among those `from` on. */
  async event(fits: (event: NicEvent) => boolean, from = 0): Promise<NicEvent> {
    for (;;) {
      const found = this.events.slice(from).find(fits);
      if (found) return found;
      if (this.#child.exitCode !== null) throw new Error('the NIC service ended');
      await once(this.#news, 'news');
    }
  }

  /** Waits until the list of NICs fits. */
  async until(fits: (nics: readonly NicStatus[]) => boolean): Promise<readonly NicStatus[]> {
    await this.event((event) => event.nics !== undefined && fits(event.nics));
    while (!fits(this.nics)) await once(this.#news, 'news');
    return this.nics;
  }

  /** Ends it in order, as at a shutdown. */
  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.kill('SIGTERM')) await once(this.#child, 'exit');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null && this.#child.kill('SIGKILL'))
      await once(this.#child, 'exit');
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
