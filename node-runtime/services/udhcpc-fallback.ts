import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type Clock, sleep } from '../base/clock.ts';
import { type UdhcpcEvent, UdhcpcReader, UDHCPC_SCRIPT } from '../network/dhcp/udhcpc-event.ts';

/** What a run of busybox's client needs. */
export interface UdhcpcOptions {
  readonly nic: string;
  readonly hostname: string;
  /** Path for its script. */
  readonly script: string;
  /** How the client is called: on machines where it is `busybox udhcpc`, two words. */
  readonly program: readonly string[];
  readonly clock: Clock;
  onEvent(event: UdhcpcEvent): void;
  /** The client gave up or died. */
  onEnd(): void;
}

/** Classless routes and time servers: asked for beside the usual. */
const ASKED = ['121', '42'].flatMap((code) => ['-O', code]);
/** In the foreground; ends without a lease (-n); gives it back on SIGTERM (-R); asks the LAN first whether the address is free (-a). */
const HOW = ['-f', '-n', '-R', '-a', '-t', '3', '-T', '2'];
const GIVE_BACK_MS = 2000;

/** A run of busybox's DHCP client on one NIC. It keeps renewing until it is stopped. */
export class UdhcpcFallback implements Disposable {
  readonly #options: UdhcpcOptions;
  readonly #child: ChildProcess;
  #ended = false;

  constructor(options: UdhcpcOptions) {
    const { nic, hostname, script, program } = options;
    this.#options = options;
    writeFileSync(script, UDHCPC_SCRIPT, { mode: 0o755 });
    const [file = 'udhcpc', ...words] = program;
    const args = [...words, ...HOW, '-i', nic, '-s', script, '-x', `hostname:${hostname}`, ...ASKED];
    // Its script prints its environment: nothing of ours may be in it.
    this.#child = spawn(file, args, {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin' },
    });
    const reader = new UdhcpcReader();
    this.#child.stdout?.setEncoding('latin1').on('data', (text: string) => {
      for (const event of reader.read(text)) if (!this.#ended) options.onEvent(event);
    });
    this.#child.on('error', () => this.#end());
    this.#child.on('close', () => this.#end());
  }

  /** Gives the lease back, if there is one, and waits for that. */
  async giveBack(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#child.kill('SIGTERM');
    await Promise.race([once(this.#child, 'close'), sleep(this.#options.clock, GIVE_BACK_MS)]);
    this.#child.kill('SIGKILL');
  }

  /** Stops it at once; a lease stays with the server: our own client may have the very same. */
  [Symbol.dispose](): void {
    this.#ended = true;
    this.#child.kill('SIGKILL');
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#options.onEnd();
  }
}
