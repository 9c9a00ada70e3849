import { setTimeout as wait } from 'node:timers/promises';
import { PlumpError } from '#runtime/base/errors.ts';
import type { Status } from '#runtime/model/status.ts';
import { PATHS } from '#runtime/model/paths.ts';
import type { Vm } from './types.ts';

/** How far a boot is, in this order. The first is the firmware's; `initrd` to `agent` come as lines on the console. */
const BOOT_PHASES = ['firmware', 'kernel', 'initrd', 'medium', 'root', 'init', 'agent', 'ready', 'joined'] as const;

export type BootPhase = (typeof BOOT_PHASES)[number];

/** A phase that was reached, and when. */
export interface ReachedPhase {
  readonly phase: BootPhase;
  /** Since power-on. */
  readonly seconds: number;
}

const POLL_MS = 250;

/** Follows a boot: its phases as they come, and the one failure that ends it. */
export class BootWatch implements Disposable {
  readonly vm: Vm;
  readonly reached: ReachedPhase[] = [];
  readonly #onPhase: (reached: ReachedPhase) => void;
  readonly #failure = Promise.withResolvers<never>();
  readonly #lines: Disposable;
  readonly #ended = new AbortController();

  constructor(vm: Vm, onPhase: (reached: ReachedPhase) => void) {
    this.vm = vm;
    this.#onPhase = onPhase;
    this.#failure.promise.catch(() => {});
    this.#pass('firmware', 0);
    this.#lines = vm.console.onLine((line, whole) => whole && this.#line(line));
    void vm.exited.then((exit) => {
      const why = exit.signal === 'SIGKILL' ? 'its time is up' : exit.stderr || 'the guest switched off or rebooted';
      this.fail(`the virtual machine ended: ${why}`);
    });
  }

  /** The last phase reached. */
  get phase(): BootPhase {
    return this.reached.at(-1)?.phase ?? 'firmware';
  }

  /**
   * Waits for the agent.
   * @throws PlumpError PLUMP_VM when the boot fails first, or the signal's reason.
   */
  async until(phase: 'ready' | 'joined', signal: AbortSignal): Promise<Status> {
    const stop = AbortSignal.any([signal, this.#ended.signal]);
    return await Promise.race([this.#follow(phase, stop), this.#failure.promise]);
  }

  /** What the agent itself names as amiss (`plumpos status`), in one line; empty where there is no agent or nothing amiss. */
  async complaints(): Promise<string> {
    if (this.phase !== 'ready') return '';
    const status = await this.#get<Status>('/v1/status').catch(() => undefined);
    return (status?.checks ?? []).flatMap(({ ok, text }) => (ok ? [] : [text])).join('; ');
  }

  /** Ends the waiting: the boot has failed for that reason. */
  fail(reason: string): void {
    this.#failure.reject(new PlumpError('PLUMP_VM', reason));
  }

  [Symbol.dispose](): void {
    this.#lines[Symbol.dispose]();
    this.#ended.abort();
  }

  async #follow(phase: 'ready' | 'joined', signal: AbortSignal): Promise<Status> {
    await this.vm.channel.ready(signal);
    for (;;) {
      const health = await this.#get<{ phase: string }>('/healthz');
      if (health !== undefined) this.#pass('ready');
      if (health?.phase === 'joined') this.#pass('joined');
      if (health !== undefined && (phase === 'ready' || health.phase === 'joined')) {
        const status = await this.#get<Status>('/v1/status');
        if (status !== undefined) return status;
      }
      await wait(POLL_MS, undefined, { signal });
    }
  }

  /** An answer of the agent; undefined while there is none. */
  async #get<T>(path: string): Promise<T | undefined> {
    try {
      const answer = await this.vm.channel.request(PATHS.agentSocket, path, { timeoutMs: 10_000 });
      return answer.status === 200 ? (JSON.parse(answer.body) as T) : undefined;
    } catch (error) {
      if (error instanceof PlumpError && error.code === 'PLUMP_VM') throw error;
      return undefined;
    }
  }

  #line(line: string): void {
    const [, error] = /plumpos: error (.*)/.exec(line) ?? [];
    if (error !== undefined) return this.fail(error);
    if (/Kernel panic/.test(line)) return this.fail(line.replace(/^\[[^\]]*\]\s*/, ''));
    if (/Linux version \d/.test(line)) return this.#pass('kernel');
    const [, phase] = /plumpos: (\w+)$/.exec(line) ?? [];
    if (phase !== undefined && isPhase(phase)) this.#pass(phase);
  }

  #pass(phase: BootPhase, seconds = (performance.now() - this.vm.poweredOn) / 1000): void {
    if (this.reached.some((one) => one.phase === phase)) return;
    const reached = { phase, seconds: Math.round(seconds * 100) / 100 };
    this.reached.push(reached);
    this.#onPhase(reached);
  }
}

function isPhase(word: string): word is BootPhase {
  return (BOOT_PHASES as readonly string[]).includes(word);
}
