import { PlumpError } from '../../base/errors.ts';

/** Guests on their way here for whom this member's balancer had promised room: until they are seen to run, the promise counts. */
export class Arrivals {
  readonly #coming = new Map<string, { readonly landed: () => void; reserved: boolean }>();

  has(key: string): boolean {
    return this.#coming.has(key);
  }

  /**
   * Uses a promise for a guest, once, however often it is asked for.
   * @param setOut uses it, and returns what ends it; undefined: there is none (any more)
   * @throws PlumpError PLUMP_REFUSED when there is none
   */
  async reserve(key: string, setOut: () => (() => void) | undefined, reserve: () => Promise<void>): Promise<void> {
    if (this.#coming.has(key)) return reserve();
    const landed = setOut();
    if (landed === undefined) throw new PlumpError('PLUMP_REFUSED', 'no room is held for it there any more');
    const coming = { landed, reserved: false };
    this.#coming.set(key, coming);
    try {
      await reserve();
      coming.reserved = true;
    } catch (error) {
      this.end(key);
      throw error;
    }
  }

  /** It has come and is measured, or will not come. */
  end(key: string): void {
    this.#coming.get(key)?.landed();
    this.#coming.delete(key);
  }

  /** Ends what does not come any more. */
  settle(stillComes: (key: string) => boolean): void {
    for (const [key, { reserved }] of this.#coming) if (reserved && !stillComes(key)) this.end(key);
  }
}
