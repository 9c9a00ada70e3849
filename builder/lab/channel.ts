import { randomBytes } from 'node:crypto';
import http from 'node:http';
import type { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { PlumpError } from '#runtime/base/errors.ts';
import { EXEC_FLAG, encodeFrame, FRAME, FrameReader } from './frames.ts';
import { Session } from './session.ts';

/** How a program in the guest is started. */
export interface StartOptions {
  /** Give it a terminal: standard output and error come together then. */
  readonly tty?: boolean;
  /** Leave it running on its own: no input, no output; the exit status is that of starting it. */
  readonly detach?: boolean;
  onStderr?(chunk: Buffer): void;
}

export interface ExecOptions {
  readonly stdin?: string | Uint8Array;
  readonly tty?: boolean;
  readonly detach?: boolean;
  readonly signal?: AbortSignal;
  /** 60 s unless told. */
  readonly timeoutMs?: number;
}

export interface ExecResult {
  readonly status: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** An answer over HTTP on a unix socket of the guest. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

const PING_MS = 200;
const DEFAULT_TIMEOUT_MS = 60_000;
const SIGKILL = 9;

/** The command channel to lab-agent in a guest; one owner for the life of a VM. */
export class Channel implements Disposable {
  readonly #stream: Duplex;
  readonly #sessions = new Map<number, Session>();
  readonly #name = randomBytes(8);
  readonly #hello = Promise.withResolvers<void>();
  #greeted = false;
  #nextId = 1;
  #lost: Error | undefined;

  constructor(stream: Duplex) {
    this.#stream = stream;
    this.#hello.promise.catch(() => {});
    const reader = new FrameReader();
    stream.on('data', (chunk: Buffer) => {
      try {
        for (const frame of reader.feed(chunk)) this.#receive(frame.id, frame.type, frame.payload);
      } catch (error) {
        this.#lose(error as Error);
      }
    });
    const gone = () => this.#lose(new PlumpError('PLUMP_VM', 'command channel: the virtual machine has ended'));
    stream.on('error', gone);
    stream.on('close', gone);
  }

  /** Has lab-agent in the guest answered? */
  get open(): boolean {
    return this.#greeted;
  }

  /**
   * Waits until lab-agent answers. It may have started before or after us, so it is greeted until it greets back.
   * @throws PlumpError PLUMP_VM when the VM ends, or the signal's reason.
   */
  async ready(signal: AbortSignal): Promise<void> {
    const ping = () => this.#stream.write(encodeFrame(0, FRAME.hello, this.#name));
    const stop = () => this.#hello.reject(signal.reason as Error);
    if (this.#greeted) return;
    signal.throwIfAborted();
    const timer = setInterval(ping, PING_MS);
    signal.addEventListener('abort', stop, { once: true });
    try {
      ping();
      await this.#hello.promise;
    } finally {
      clearInterval(timer);
      signal.removeEventListener('abort', stop);
    }
  }

  /** Starts a program; the result streams its input and output. */
  start(argv: readonly string[], options: StartOptions = {}): Session {
    const flags = (options.tty ? EXEC_FLAG.tty : 0) | (options.detach ? EXEC_FLAG.detach : 0);
    const words = Buffer.from(argv.map((word) => `${word}\0`).join(''));
    return this.#session(FRAME.exec, Buffer.concat([Uint8Array.of(flags), words]), options.onStderr?.bind(options));
  }

  /** Connects to a unix socket in the guest, as root there. */
  connect(unixPath: string): Session {
    return this.#session(FRAME.connect, Buffer.from(`${unixPath}\0`));
  }

  /**
   * Runs a program to its end.
   * @throws PlumpError PLUMP_TIMEOUT when it takes too long (it is killed then), PLUMP_VM when the VM ends.
   */
  async exec(argv: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
    const stderr: Buffer[] = [];
    const session = this.start(argv, {
      tty: options.tty ?? false,
      detach: options.detach ?? false,
      onStderr: (chunk) => void stderr.push(chunk),
    });
    const stdout = buffer(session);
    stdout.catch(() => {});
    session.end(options.stdin ?? '');
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const late = new PlumpError('PLUMP_TIMEOUT', `'${argv.join(' ')}' did not end within ${timeoutMs / 1000} s`);
    const status = await this.#limited(session, timeoutMs, late, options.signal);
    return { status, stdout: await stdout, stderr: Buffer.concat(stderr) };
  }

  /**
   * HTTP to a server on a unix socket of the guest, e.g. the agent's.
   * @throws PlumpError PLUMP_NO_AGENT when nobody listens there.
   */
  async request(
    unixPath: string,
    httpPath: string,
    options: { method?: string; body?: unknown; timeoutMs?: number } = {},
  ): Promise<HttpAnswer> {
    const session = this.connect(unixPath);
    const answer = httpOver(session, httpPath, options.method ?? 'GET', options.body);
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const late = new PlumpError('PLUMP_TIMEOUT', `no answer from ${unixPath}${httpPath} within ${timeoutMs / 1000} s`);
    const timer = setTimeout(() => session.lose(late), timeoutMs);
    try {
      return await answer;
    } catch (cause) {
      if (cause === late || this.#lost !== undefined) throw cause;
      throw new PlumpError('PLUMP_NO_AGENT', `nobody answers on ${unixPath} in the guest`, { cause });
    } finally {
      clearTimeout(timer);
      session.end();
    }
  }

  [Symbol.dispose](): void {
    this.#stream.destroy();
  }

  #session(type: number, payload: Buffer, onStderr?: (chunk: Buffer) => void): Session {
    const id = this.#nextId++;
    const session = new Session((kind, body) => void this.#stream.write(encodeFrame(id, kind, body)), onStderr);
    if (this.#lost) session.lose(this.#lost);
    else {
      this.#sessions.set(id, session);
      this.#stream.write(encodeFrame(id, type, payload));
    }
    return session;
  }

  #receive(id: number, type: number, payload: Buffer): void {
    if (type === FRAME.hello) {
      if (!payload.equals(this.#name)) return;
      this.#greeted = true;
      this.#hello.resolve();
    } else if (this.#sessions.get(id)?.receive(type, payload)) this.#sessions.delete(id);
  }

  #lose(error: Error): void {
    this.#lost ??= error;
    this.#hello.reject(this.#lost);
    for (const session of this.#sessions.values()) session.lose(this.#lost);
    this.#sessions.clear();
  }

  async #limited(session: Session, timeoutMs: number, late: Error, signal?: AbortSignal): Promise<number> {
    const stop = (reason: Error) => {
      session.signal(SIGKILL);
      session.lose(reason);
    };
    const onAbort = () => stop(signal?.reason as Error);
    const timer = setTimeout(() => stop(late), timeoutMs);
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      return await session.exited;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    }
  }
}

/** One request over a stream that is already connected. */
function httpOver(stream: Duplex, path: string, method: string, body: unknown): Promise<HttpAnswer> {
  const text = body === undefined ? '' : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const headers = { host: 'plumpos', connection: 'close', ...(text === '' ? {} : contentHeaders(text)) };
    const request = http.request({ path, method, headers, createConnection: () => stream }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(text);
  });
}

function contentHeaders(text: string): Record<string, string> {
  return { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) };
}
