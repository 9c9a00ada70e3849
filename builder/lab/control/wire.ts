import { once } from 'node:events';
import type { Socket } from 'node:net';
import { encodeFrame, FrameReader } from '../frames.ts';

/**
 * Frames between `plumpos lab` and the process that holds the room, beside those of the command channel (frames.ts): a
 * request is answered by notices, then by a result or an error. In between, an attached program's frames pass.
 */
export const CONTROL = { request: 32, notice: 33, result: 34, error: 35 } as const;

type OnFrame = (type: number, payload: Buffer) => void;

/** A unix socket as a stream of frames. */
export class Wire implements Disposable {
  readonly #socket: Socket;
  /** Aborts when the other side is gone. */
  readonly closed: AbortSignal;
  #onFrame: OnFrame | undefined;
  readonly #held: [type: number, payload: Buffer][] = [];

  constructor(socket: Socket) {
    this.#socket = socket;
    const reader = new FrameReader();
    const closed = new AbortController();
    this.closed = closed.signal;
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const { type, payload } of reader.feed(chunk)) this.#take(type, payload);
      } catch (error) {
        socket.destroy(error as Error);
      }
    });
    socket.on('error', () => {});
    socket.on('close', () => closed.abort());
  }

  /** Who takes the frames from now on, those first that were held for it. */
  set onFrame(onFrame: OnFrame) {
    this.#onFrame = onFrame;
    for (const [type, payload] of this.#held.splice(0)) onFrame(type, payload);
  }

  /** Keeps what comes until somebody takes it: input comes right behind the request that starts a program. */
  hold(): void {
    this.#onFrame = undefined;
  }

  #take(type: number, payload: Buffer): void {
    if (this.#onFrame) this.#onFrame(type, payload);
    else this.#held.push([type, Buffer.from(payload)]);
  }

  /** False when the other side does not keep up: then {@link drained} tells when to go on. */
  send(type: number, payload?: Uint8Array): boolean {
    return this.#socket.destroyed || this.#socket.write(encodeFrame(0, type, payload));
  }

  sendJson(type: number, value: unknown): void {
    this.send(type, Buffer.from(JSON.stringify(value ?? null)));
  }

  /** Resolves when what was sent is on its way, or the other side is gone. */
  async drained(): Promise<void> {
    await once(this.#socket, 'drain', { signal: this.closed }).catch(() => {});
  }

  /** Closes once everything is sent. */
  end(): void {
    this.#socket.end();
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
