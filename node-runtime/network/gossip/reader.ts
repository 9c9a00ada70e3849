import { PlumpError } from '../../base/errors.ts';

/** Reads what {@link Writer} wrote; anything that does not fit is refused by name. */
export class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  u8(what: string, most = 0xff): number {
    return this.#number(this.raw(1, what).readUInt8(0), most, what);
  }

  u16(what: string): number {
    return this.raw(2, what).readUInt16BE(0);
  }

  u32(what: string): number {
    return this.raw(4, what).readUInt32BE(0);
  }

  raw(length: number, what: string): Buffer {
    if (this.#at + length > this.#bytes.length) throw refused(what);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  text(most: number, what: string, pattern: RegExp): string {
    const text = this.raw(this.u8(what, most), what).toString('latin1');
    if (!pattern.test(text)) throw refused(what);
    return text;
  }

  /** Nothing may be left over. */
  end(): void {
    if (this.#at !== this.#bytes.length) throw refused('its end');
  }

  #number(value: number, most: number, what: string): number {
    if (value > most) throw refused(what);
    return value;
  }
}

/** A datagram that is not one of ours. */
export function refused(what: string): PlumpError {
  return new PlumpError('PLUMP_PROTOCOL', `a gossip datagram was refused for ${what}`);
}
