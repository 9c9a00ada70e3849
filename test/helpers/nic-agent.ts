import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Check, NicStatus } from '#runtime/model/status.ts';
import type { LanHost } from './lan.ts';

/** One line of test/fixtures/nic-agent.ts. */
export interface NicEvent {
  readonly event: string;
  readonly text?: string;
  readonly nic?: string;
  readonly address?: string;
  readonly why?: string;
  readonly engine?: string;
  readonly nics?: readonly NicStatus[];
  readonly checks?: readonly Check[];
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
    child.on('exit', () => this.#news.emit('news'));
  }

  /** @param folder where it keeps its files; one of its own when absent */
  static start(host: LanHost, options: Record<string, unknown> = {}, folder = makeFolder()): NicAgent {
    const fixture = path.join(import.meta.dirname, '../fixtures/nic-agent.ts');
    const words = [
      process.execPath,
      '--disable-warning=ExperimentalWarning',
      fixture,
      JSON.stringify({ scratch: folder, ...options }),
    ];
    // /sys shows the network cards of the namespace that mounted it.
    const shell = ['-m', 'sh', '-c', 'mount -t sysfs sysfs /sys && exec "$@"', 'sh', ...words];
    const child = host.namespace.run(() => spawn('unshare', shell, { stdio: ['pipe', 'pipe', 'inherit'] }));
    return new NicAgent(child, folder);
  }

  get folder(): string {
    return this.#folder;
  }

  /** Sets a fixed address, as the keys on tty1 do. */
  setAddress(...words: string[]): void {
    this.#child.stdin?.write(`${JSON.stringify(words)}\n`);
  }

  /** Waits for the first event that fits, among those `from` on. */
  async event(fits: (event: NicEvent) => boolean, from = 0): Promise<NicEvent> {
    for (;;) {
      const found = this.events.slice(from).find(fits);
      if (found) return found;
      await this.#more();
    }
  }

  /** Waits until the list of NICs fits. */
  async until(fits: (nics: readonly NicStatus[]) => boolean): Promise<readonly NicStatus[]> {
    await this.event((event) => event.nics !== undefined && fits(event.nics));
    while (!fits(this.nics)) await this.#more();
    return this.nics;
  }

  /** Ends it in order, as at a shutdown. */
  async stop(): Promise<void> {
    if (!this.#ended && this.#child.kill('SIGTERM')) await once(this.#child, 'exit');
  }

  /** As a crash. */
  async kill(): Promise<void> {
    if (!this.#ended && this.#child.kill('SIGKILL')) await once(this.#child, 'exit');
  }

  get #ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async #more(): Promise<void> {
    if (this.#ended) throw new Error(`the NIC service ended; its last word: ${JSON.stringify(this.events.at(-1))}`);
    await once(this.#news, 'news');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function makeFolder(): string {
  return mkdtempSync(path.join(tmpdir(), 'plumpos-nics-'));
}
