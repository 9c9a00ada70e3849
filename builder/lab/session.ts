import { Duplex } from 'node:stream';
import { FRAME, STDIN_WINDOW } from './frames.ts';

type Send = (type: number, payload?: Uint8Array) => void;

/**
 * One program or connection in the guest, as seen from the host: reads give its standard output, writes go to its
 * standard input, no faster than the guest passes them on.
 */
export class Session extends Duplex {
  /** Resolves with the exit status (128 + signal), or rejects when the channel is lost first. */
  readonly exited: Promise<number>;
  readonly #send: Send;
  readonly #exit = Promise.withResolvers<number>();
  readonly #stderr: ((chunk: Buffer) => void) | undefined;
  readonly #waiting: { chunk: Buffer; done: (error?: Error | null) => void }[] = [];
  #credit = STDIN_WINDOW;

  constructor(send: Send, onStderr?: (chunk: Buffer) => void) {
    super({ autoDestroy: false, allowHalfOpen: true });
    this.#send = send;
    this.#stderr = onStderr;
    this.exited = this.#exit.promise;
    this.exited.catch(() => {});
  }

  /** Sends a signal to the program's process group. */
  signal(number: number): void {
    this.#send(FRAME.signal, Uint8Array.of(number));
  }

  /** Tells a program with a terminal how large that is. */
  resize(rows: number, columns: number): void {
    const size = Buffer.alloc(4);
    size.writeUInt16LE(rows, 0);
    size.writeUInt16LE(columns, 2);
    this.#send(FRAME.windowSize, size);
  }

  /** A frame from the guest for this session; true when it was the last. */
  receive(type: number, payload: Buffer): boolean {
    if (type === FRAME.stdout) this.push(Buffer.from(payload));
    else if (type === FRAME.stderr) this.#stderr?.(Buffer.from(payload));
    else if (type === FRAME.taken) this.#grant(payload.readUInt32LE(0));
    else if (type === FRAME.exit) this.#end(payload.readInt32LE(0));
    return type === FRAME.exit;
  }

  /** The channel is gone. */
  lose(error: Error): void {
    this.#exit.reject(error);
    // A stream without a listener for 'error' would end the process; `exited` tells it in any case.
    this.on('error', () => {});
    this.destroy(error);
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#waiting.push({ chunk, done });
    this.#pump();
  }

  override _final(done: () => void): void {
    this.#send(FRAME.stdinEof);
    done();
  }

  #grant(bytes: number): void {
    this.#credit += bytes;
    this.#pump();
  }

  #pump(): void {
    for (let next = this.#waiting[0]; next !== undefined && this.#credit > 0; next = this.#waiting[0]) {
      const part = next.chunk.subarray(0, Math.min(this.#credit, 16 * 1024));
      this.#credit -= part.length;
      next.chunk = next.chunk.subarray(part.length);
      this.#send(FRAME.stdin, part);
      if (next.chunk.length > 0) continue;
      this.#waiting.shift();
      next.done();
    }
  }

  #end(status: number): void {
    this.push(null);
    for (const { done } of this.#waiting.splice(0)) done();
    this.#exit.resolve(status);
  }
}
