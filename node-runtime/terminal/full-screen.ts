import type { PictureSize } from '../model/load-bars.ts';

/** The parts of standard input and output that are used. */
export interface Terminal {
  readonly stdin: Pick<NodeJS.ReadStream, 'on' | 'off' | 'resume' | 'pause'> &
    Partial<Pick<NodeJS.ReadStream, 'isTTY' | 'setRawMode'>>;
  readonly stdout: Pick<NodeJS.WriteStream, 'on' | 'off' | 'write'> &
    Partial<Pick<NodeJS.WriteStream, 'columns' | 'rows'>>;
}

/** What happens at it. */
interface ScreenEvents {
  /** A letter, `up`, `down`, or the control character that was typed. */
  key(key: string): void;
  resized(): void;
}

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const ARROWS: Readonly<Record<string, string>> = {
  '\u001b[A': 'up',
  '\u001b[B': 'down',
  '\u001bOA': 'up',
  '\u001bOB': 'down',
};
/** What a terminal that does not say has. */
const USUAL: PictureSize = { columns: 80, rows: 24 };

/** A terminal that is a picture's alone until this is disposed of: then it is as it was, however the process ends but by SIGKILL. */
export class FullScreen implements Disposable {
  readonly #terminal: Terminal;
  readonly #events: ScreenEvents;
  readonly #onData = (bytes: Buffer) => this.#typed(bytes.toString('latin1'));
  readonly #onResize = () => {
    this.#shown = '';
    this.#events.resized();
  };
  readonly #restore = () => this.#terminal.stdout.write(LEAVE);
  #shown = '';

  constructor(terminal: Terminal, events: ScreenEvents) {
    this.#terminal = terminal;
    this.#events = events;
    const { stdin, stdout } = terminal;
    process.on('exit', this.#restore);
    stdout.write(ENTER);
    stdout.on('resize', this.#onResize);
    // What was drawn is gone when a process goes on that was stopped.
    process.on('SIGCONT', this.#onResize);
    if (stdin.isTTY !== true) return;
    stdin.setRawMode?.(true);
    stdin.on('data', this.#onData);
    stdin.resume();
  }

  size(): PictureSize {
    const { columns, rows } = this.#terminal.stdout;
    return { columns: columns || USUAL.columns, rows: rows || USUAL.rows };
  }

  /** Draws the lines, from the top; nothing is written when they are there already. */
  show(lines: readonly string[]): void {
    const all = Array.from({ length: this.size().rows }, (_, row) => lines[row] ?? '');
    // Cleared before it is written: after a line of full width the terminal would clear its last character.
    const text = all.map((line) => `\u001b[K${line}`).join('\r\n');
    if (text === this.#shown) return;
    this.#terminal.stdout.write(`\u001b[H${text}`);
    this.#shown = text;
  }

  [Symbol.dispose](): void {
    const { stdin, stdout } = this.#terminal;
    stdout.off('resize', this.#onResize);
    process.off('SIGCONT', this.#onResize);
    if (stdin.isTTY === true) {
      stdin.off('data', this.#onData);
      stdin.setRawMode?.(false);
      stdin.pause();
    }
    this.#restore();
    process.off('exit', this.#restore);
  }

  #typed(text: string): void {
    const arrow = ARROWS[text];
    if (arrow !== undefined) this.#events.key(arrow);
    // Other keys that send a sequence mean nothing here.
    else if (!text.startsWith('\u001b')) for (const one of text) this.#events.key(one);
  }
}
