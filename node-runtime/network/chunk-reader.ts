/** Pieces of the length that is asked for, out of chunks of any length. */
export class ChunkReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #early: () => Error;
  #have: Buffer = Buffer.alloc(0);

  /** @param early what to throw when the stream ends before the bytes that are asked for */
  constructor(stream: AsyncIterable<Uint8Array>, early: () => Error) {
    this.#chunks = stream[Symbol.asyncIterator]();
    this.#early = early;
  }

  async exactly(length: number): Promise<Buffer> {
    while (this.#have.length < length) {
      const more = await this.#chunks.next();
      if (more.done) throw this.#early();
      this.#have = Buffer.concat([this.#have, more.value]);
    }
    return this.#take(length);
  }

  async atMost(length: number): Promise<Buffer> {
    if (this.#have.length === 0) this.#have = await this.exactly(1).then((first) => Buffer.concat([first, this.#have]));
    return this.#take(Math.min(length, this.#have.length));
  }

  async ended(): Promise<boolean> {
    if (this.#have.length > 0) return false;
    for (let more = await this.#chunks.next(); !more.done; more = await this.#chunks.next())
      if (more.value.length > 0) return false;
    return true;
  }

  #take(length: number): Buffer {
    const part = this.#have.subarray(0, length);
    this.#have = this.#have.subarray(length);
    return part;
  }
}
