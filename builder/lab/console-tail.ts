import type { Readable, Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

const KEPT_LINES = 40;
/** A prompt has no end of line; this much of an unfinished line is looked at. */
const LONGEST_LINE = 4096;
const ESC = '\u001b';
const BEGUN_ESCAPE = new RegExp(`(?:${ESC}[^a-zA-Z]{0,20}|\\r)$`);

/** The serial console of a VM: keeps the last lines for error messages, hands every line on, types into the guest. */
export class ConsoleTail {
  readonly #lines: string[] = [];
  readonly #watchers = new Set<(line: string, whole: boolean) => void>();
  readonly #raw = new Set<(chunk: Buffer) => void>();
  readonly #input: Writable;
  readonly #decoder = new StringDecoder('utf8');
  #unfinished = '';
  #escape = '';

  constructor(output: Readable, input: Writable) {
    this.#input = input;
    output.on('data', (chunk: Buffer) => this.#feed(chunk));
    input.on('error', () => {});
  }

  /** The last lines, oldest first, without control sequences. */
  get lines(): readonly string[] {
    return this.#unfinished === '' ? this.#lines : [...this.#lines, this.#unfinished];
  }

  /** Sends bytes as if typed at the serial terminal. */
  write(bytes: Buffer | string): void {
    this.#input.write(bytes);
  }

  /** Every byte the guest writes, as it comes. */
  onBytes(listener: (chunk: Buffer) => void): Disposable {
    this.#raw.add(listener);
    return { [Symbol.dispose]: () => void this.#raw.delete(listener) };
  }

  /** Every finished line (`whole`), and unfinished ones as they grow. */
  onLine(watcher: (line: string, whole: boolean) => void): Disposable {
    this.#watchers.add(watcher);
    return { [Symbol.dispose]: () => void this.#watchers.delete(watcher) };
  }

  /** Resolves with the match as soon as a line matches, those kept included; rejects when `signal` aborts first. */
  async waitFor(pattern: RegExp, signal: AbortSignal): Promise<RegExpMatchArray> {
    signal.throwIfAborted();
    const found = Promise.withResolvers<RegExpMatchArray>();
    const look = (line: string) => {
      const match = line.match(pattern);
      if (match) found.resolve(match);
    };
    this.lines.forEach(look);
    using _ = this.onLine(look);
    const stop = () => found.reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await found.promise;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  #feed(chunk: Buffer): void {
    for (const listener of this.#raw) listener(chunk);
    const text = this.#escape + this.#decoder.write(chunk);
    // Firmware writes byte by byte: a sequence that has begun waits for its end.
    const [tail = ''] = text.match(BEGUN_ESCAPE) ?? [];
    this.#escape = tail;
    const parts = (this.#unfinished + plain(text.slice(0, text.length - tail.length))).split('\n');
    this.#unfinished = (parts.pop() ?? '').slice(-LONGEST_LINE);
    for (const part of parts) {
      const line = part.trimEnd();
      if (line !== '') this.#lines.push(line);
      for (const watcher of this.#watchers) watcher(line, true);
    }
    this.#lines.splice(0, this.#lines.length - KEPT_LINES);
    if (this.#unfinished !== '') for (const watcher of this.#watchers) watcher(this.#unfinished, false);
  }
}

/** Firmware and menus paint with escape sequences; moving the cursor to another row reads best as a new line. */
function plain(text: string): string {
  return text
    .replaceAll(new RegExp(`${ESC}\\[\\d+;\\d+H`, 'g'), '\n')
    .replaceAll(new RegExp(`${ESC}\\[[0-9;?=]*[a-zA-Z]|${ESC}[()][0-9A-Z]|${ESC}[a-zA-Z=>]`, 'g'), '')
    .replaceAll(/\r+\n?/g, '\n');
}
