import { PlumpError } from './errors.ts';

/**
 * Turns a value from outside (parsed JSON) into a trusted one, or throws PlumpError PLUMP_PROTOCOL that says where it is
 * wrong. `where` is the path so far, for the message.
 */
export type Decoder<T> = (value: unknown, where: string) => T;

/** What a decoder gives. */
export type Decoded<D> = D extends Decoder<infer T> ? T : never;

type Shape = Readonly<Record<string, Decoder<unknown>>>;
type OptionalKeys<S extends Shape> = { [K in keyof S]: undefined extends Decoded<S[K]> ? K : never }[keyof S];
type FromShape<S extends Shape> = {
  readonly [K in Exclude<keyof S, OptionalKeys<S>>]: Decoded<S[K]>;
} & { readonly [K in OptionalKeys<S>]?: Exclude<Decoded<S[K]>, undefined> };

/** Texts from outside are no longer than this unless their decoder says otherwise. */
const MOST_TEXT = 4096;
const MOST_ITEMS = 65_536;

/** An object with exactly these fields; those made with {@link optional} may be missing. */
export function object<const S extends Shape>(shape: S): Decoder<FromShape<S>> {
  return (value, where) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse(where, 'an object', value);
    for (const key of Object.keys(value))
      if (!Object.hasOwn(shape, key)) throw new PlumpError('PLUMP_PROTOCOL', `${where}: '${key}' is not known`);
    const out: Record<string, unknown> = {};
    for (const [key, decode] of Object.entries(shape)) {
      const decoded = decode((value as Record<string, unknown>)[key], `${where}.${key}`);
      if (decoded !== undefined) out[key] = decoded;
    }
    return out as FromShape<S>;
  };
}

/** A list; longer than `most` is refused. */
export function list<T>(item: Decoder<T>, most = MOST_ITEMS): Decoder<readonly T[]> {
  return (value, where) => {
    if (!Array.isArray(value) || value.length > most) throw refuse(where, `a list of at most ${most}`, value);
    return value.map((one, index) => item(one, `${where}[${index}]`));
  };
}

/** A list of exactly these. */
export function tuple<const D extends readonly Decoder<unknown>[]>(
  ...decoders: D
): Decoder<{ readonly [K in keyof D]: Decoded<D[K]> }> {
  return (value, where) => {
    if (!Array.isArray(value) || value.length !== decoders.length)
      throw refuse(where, `a list of ${decoders.length}`, value);
    const decoded = decoders.map((decode, index) => decode(value[index], `${where}[${index}]`));
    return decoded as unknown as { readonly [K in keyof D]: Decoded<D[K]> };
  };
}

/** Nothing at all. */
export const nothing: Decoder<undefined> = (value, where) => {
  if (value !== undefined && value !== null) throw refuse(where, 'nothing', value);
  return undefined;
};

/** A field that may be missing. */
export function optional<T>(decode: Decoder<T>): Decoder<T | undefined> {
  return (value, where) => (value === undefined ? undefined : decode(value, where));
}

/** A text; `pattern` must match all of it. */
export function text({ most = MOST_TEXT, pattern }: { most?: number; pattern?: RegExp } = {}): Decoder<string> {
  return (value, where) => {
    if (typeof value !== 'string' || value.length > most) throw refuse(where, `a text of at most ${most}`, value);
    if (pattern !== undefined && !pattern.test(value)) throw refuse(where, `like ${pattern.source}`, value);
    return value;
  };
}

/** Bytes without NUL, one character each (latin1): file names, arguments and environments are no Unicode. */
export function bytes(most = 8 * 2 ** 20): Decoder<string> {
  return (value, where) => {
    if (typeof value !== 'string' || value.length > most) throw refuse(where, `at most ${most} bytes`, value);
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (code === 0 || code > 255) throw refuse(where, 'bytes without NUL', value);
    }
    return value;
  };
}

/** A whole number in a range. */
export function integer(least = 0, most: number = Number.MAX_SAFE_INTEGER): Decoder<number> {
  return (value, where) => {
    if (!Number.isSafeInteger(value) || (value as number) < least || (value as number) > most)
      throw refuse(where, `a whole number from ${least} to ${most}`, value);
    return value as number;
  };
}

/** A number, not necessarily whole, not negative. */
export const amount: Decoder<number> = (value, where) => {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) throw refuse(where, 'an amount', value);
  return value;
};

export const boolean: Decoder<boolean> = (value, where) => {
  if (typeof value !== 'boolean') throw refuse(where, 'true or false', value);
  return value;
};

/** One of these texts. */
export function choice<const T extends string>(...choices: readonly T[]): Decoder<T> {
  return (value, where) => {
    if (!choices.includes(value as T)) throw refuse(where, `one of ${choices.join(', ')}`, value);
    return value as T;
  };
}

/** What the first of these decoders takes that takes it. */
export function either<A, B>(first: Decoder<A>, second: Decoder<B>): Decoder<A | B> {
  return (value, where) => {
    try {
      return first(value, where);
    } catch {
      return second(value, where);
    }
  };
}

function refuse(where: string, wanted: string, value: unknown): PlumpError {
  return new PlumpError('PLUMP_PROTOCOL', `${where} must be ${wanted}, not ${given(value)}`);
}

function given(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'string') return `'${value.slice(0, 40)}'`;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : typeof value;
}
