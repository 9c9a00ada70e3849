/** Writes numbers and texts one after the other into a datagram of bounded size. */
export class Writer {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(most: number) {
    this.#bytes = Buffer.allocUnsafe(most);
  }

  /** Where the next byte goes; {@link rewind} comes back to it. */
  get length(): number {
    return this.#at;
  }

  rewind(to: number): void {
    this.#at = to;
  }

  u8(value: number): void {
    this.#at = this.#bytes.writeUInt8(value, this.#at);
  }

  u16(value: number): void {
    this.#at = this.#bytes.writeUInt16BE(value, this.#at);
  }

  /** Anything larger is written as the largest. */
  u32(value: number): void {
    this.#at = this.#bytes.writeUInt32BE(Math.min(value, 0xffffffff), this.#at);
  }

  /** Overwrites one byte written before. */
  setU8(at: number, value: number): void {
    this.#bytes.writeUInt8(value, at);
  }

  raw(bytes: Uint8Array): void {
    if (this.#at + bytes.length > this.#bytes.length) throw new RangeError('the datagram is full');
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** Length in one byte, then the text in ASCII. */
  text(value: string): void {
    const bytes = Buffer.from(value, 'latin1');
    this.u8(bytes.length);
    this.raw(bytes);
  }

  done(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }
}
