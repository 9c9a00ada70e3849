/** Something that is asked for once and then known, until it is forgotten. A failure is not remembered. */
export class Remembered<T> {
  readonly #ask: () => Promise<T>;
  #known: Promise<T> | undefined;

  constructor(ask: () => Promise<T>) {
    this.#ask = ask;
  }

  get(): Promise<T> {
    if (this.#known) return this.#known;
    const asked = this.#ask();
    this.#known = asked;
    asked.catch(() => {
      if (this.#known === asked) this.#known = undefined;
    });
    return asked;
  }

  forget(): void {
    this.#known = undefined;
  }
}
