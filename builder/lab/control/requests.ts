import { PlumpError } from '#runtime/base/errors.ts';

/** What a field of a request may hold, by a word for it. */
interface Kinds {
  text: string;
  flag: boolean;
  number: number;
  words: readonly string[];
}

/** Every request with its fields. Texts may be empty: there is none, then. */
const REQUESTS = {
  list: {},
  add: { nodes: 'number', heads: 'number', append: 'text', noJoin: 'flag' },
  exec: { name: 'text', argv: 'words', tty: 'flag', seconds: 'number' },
  console: { name: 'text' },
  cut: { name: 'text', other: 'text', carrier: 'flag' },
  mend: {},
  kill: { names: 'words' },
  start: { names: 'words' },
  off: { names: 'words' },
  down: {},
} as const satisfies Record<string, Record<string, keyof Kinds>>;

type Requests = typeof REQUESTS;

/** Name of a request. */
export type RequestVerb = keyof Requests;

/** The request of one verb. */
export type RequestOf<V extends RequestVerb> = { readonly verb: V } & {
  readonly [F in keyof Requests[V]]: Requests[V][F] extends keyof Kinds ? Kinds[Requests[V][F]] : never;
};

/** What `plumpos lab` asks of the process that holds the room. */
export type LabRequest = { [V in RequestVerb]: RequestOf<V> }[RequestVerb];

/** @throws PlumpError PLUMP_PROTOCOL for anything that is no request. */
export function decodeRequest(bytes: Buffer): LabRequest {
  const value = parse(bytes);
  const fields: Readonly<Record<string, keyof Kinds>> | undefined = Object.hasOwn(REQUESTS, String(value['verb']))
    ? REQUESTS[value['verb'] as RequestVerb]
    : undefined;
  if (fields === undefined) throw refused('an unknown verb');
  for (const [name, kind] of Object.entries(fields)) if (!fits(value[name], kind)) throw refused(`a bad '${name}'`);
  const extra = Object.keys(value).find((name) => name !== 'verb' && !Object.hasOwn(fields, name));
  if (extra !== undefined) throw refused(`an unknown field '${extra}'`);
  return value as unknown as LabRequest;
}

function parse(bytes: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // said below
  }
  throw refused('no JSON object');
}

function fits(value: unknown, kind: keyof Kinds): boolean {
  if (kind === 'words') return Array.isArray(value) && value.every((word) => typeof word === 'string');
  if (kind === 'number') return Number.isFinite(value);
  return typeof value === (kind === 'text' ? 'string' : 'boolean');
}

function refused(what: string): PlumpError {
  return new PlumpError('PLUMP_PROTOCOL', `a request to the lab with ${what}`, {
    hint: 'is the lab of another version of PlumpOS? plumpos lab down, and up again',
  });
}
