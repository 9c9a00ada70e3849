import type { Server } from 'node:net';
import { PlumpError } from '../../base/errors.ts';
import { impatient } from '../../base/impatient.ts';

/** Of one member at once: its own calls need a quarter of that. */
const MOST_CONNECTIONS = 128;
/** Of questions that one member is about to ask, all together. */
const MOST_BYTES = 64 * 2 ** 20;
/** One that is not asked to its end in this time is none. */
const ASK_MS = 30_000;

/** Bounds of what one member may hold of this one, so that the others are served whatever it does. */
export class SenderBounds {
  readonly #connections = new Map<string, number>();
  readonly #bytes = new Map<string, number>();

  /** From now on no member has more than its share of the server's connections. */
  watch(server: Server): void {
    server.on('connection', (socket) => {
      const sender = socket.remoteAddress ?? '';
      if (add(this.#connections, sender, 1) > MOST_CONNECTIONS) socket.destroy();
      socket.once('close', () => add(this.#connections, sender, -1));
    });
  }

  /**
   * The whole of a body, no longer than `most`.
   * @throws PlumpError PLUMP_PROTOCOL when it is, PLUMP_TIMEOUT when it does not end
   */
  async read(sender: string, body: AsyncIterable<Buffer>, most: number): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let length = 0;
    try {
      for await (const chunk of impatient(body, { idleMs: ASK_MS, totalMs: ASK_MS })) {
        length += chunk.length;
        const all = add(this.#bytes, sender, chunk.length);
        if (length > most || all > MOST_BYTES) throw new PlumpError('PLUMP_PROTOCOL', 'too long');
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    } finally {
      add(this.#bytes, sender, -length);
    }
  }
}

/** Adds to a count, and forgets it when there is nothing more. */
function add(counts: Map<string, number>, sender: string, much: number): number {
  const now = (counts.get(sender) ?? 0) + much;
  if (now > 0) counts.set(sender, now);
  else counts.delete(sender);
  return now;
}
