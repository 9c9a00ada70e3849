import type { Duplex } from 'node:stream';
import { PlumpError } from '#runtime/base/errors.ts';

/** An event of QEMU, e.g. SHUTDOWN. */
export interface QmpEvent {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

interface Pending {
  readonly command: string;
  readonly timer: NodeJS.Timeout;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

const DEFAULT_TIMEOUT_MS = 20_000;

/** Client of the QEMU Machine Protocol: one JSON object a line, replies matched by id, every command with a time limit. */
export class Qmp implements Disposable {
  readonly #stream: Duplex;
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Set<(event: QmpEvent) => void>();
  #nextId = 1;
  #rest = '';
  #greeted: (() => void) | undefined;
  #closed: Error | undefined;

  private constructor(stream: Duplex) {
    this.#stream = stream;
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => this.#feed(text));
    stream.on('error', () => this.#close());
    stream.on('close', () => this.#close());
  }

  /** Waits for QEMU's greeting and ends the negotiation. */
  static async open(stream: Duplex, timeoutMs = DEFAULT_TIMEOUT_MS): Promise<Qmp> {
    const qmp = new Qmp(stream);
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new PlumpError('PLUMP_VM', `QEMU does not greet within ${timeoutMs / 1000} s`)),
        timeoutMs,
      );
      qmp.#greeted = () => {
        clearTimeout(timer);
        resolve();
      };
      stream.on('close', () => {
        clearTimeout(timer);
        reject(new PlumpError('PLUMP_VM', 'QEMU ended before it greeted'));
      });
    });
    await qmp.execute('qmp_capabilities');
    return qmp;
  }

  /**
   * Runs one command.
   * @returns its `return` value.
   * @throws PlumpError PLUMP_VM when QEMU refuses it, ends, or does not answer in time.
   */
  execute(command: string, args: object = {}, timeoutMs = DEFAULT_TIMEOUT_MS): Promise<unknown> {
    if (this.#closed) return Promise.reject(this.#closed);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(id);
        reject(new PlumpError('PLUMP_VM', `QEMU does not answer '${command}' within ${timeoutMs / 1000} s`));
      }, timeoutMs);
      this.#pending.set(id, { command, timer, resolve, reject });
      this.#stream.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    });
  }

  /** Calls `listener` for each event until the result is disposed. */
  onEvent(listener: (event: QmpEvent) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** The next event of that name; rejects with the signal's reason when it aborts first. */
  async event(name: string, signal: AbortSignal): Promise<QmpEvent> {
    signal.throwIfAborted();
    const found = Promise.withResolvers<QmpEvent>();
    using _ = this.onEvent((event) => event.event === name && found.resolve(event));
    const stop = () => found.reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await found.promise;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  [Symbol.dispose](): void {
    this.#stream.destroy();
    this.#close();
  }

  #feed(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') this.#message(JSON.parse(line) as Record<string, unknown>);
  }

  #message(message: Record<string, unknown>): void {
    if ('QMP' in message) return this.#greeted?.();
    if (typeof message['event'] === 'string') {
      const data = (message['data'] ?? {}) as Record<string, unknown>;
      for (const listener of this.#listeners) listener({ event: message['event'], data });
      return;
    }
    const pending = this.#pending.get(message['id'] as number);
    if (!pending) return;
    this.#pending.delete(message['id'] as number);
    clearTimeout(pending.timer);
    const error = message['error'] as { desc?: string } | undefined;
    if (!error) return pending.resolve(message['return']);
    pending.reject(new PlumpError('PLUMP_VM', `QEMU refuses '${pending.command}': ${error.desc ?? 'no reason given'}`));
  }

  #close(): void {
    this.#closed ??= new PlumpError('PLUMP_VM', 'the virtual machine has ended');
    for (const { timer, reject } of this.#pending.values()) {
      clearTimeout(timer);
      reject(this.#closed);
    }
    this.#pending.clear();
  }
}
