/** A guest, when its host looks whether anybody still wants it. */
export interface Held {
  readonly state: string;
  /** How long its home may be silent; missing while nothing but room for it, or images, has come. */
  readonly orphanMs: number | undefined;
  /** Since it was first heard of, or asked for again. */
  readonly heldMs: number;
  /** Of its home; Infinity when that left or was booted again; 0 when home is this very member. */
  readonly homeSilentMs: number;
}

/** Nothing followed a reservation, or images nobody restored. */
const FORGET_MS = 120_000;

/** Has nobody any use for this guest, so that its host ends it? Pure. */
export function isForsaken({ state, orphanMs, heldMs, homeSilentMs }: Held): boolean {
  if (state === 'reserved' && heldMs > FORGET_MS) return true;
  return homeSilentMs > (orphanMs ?? FORGET_MS);
}
