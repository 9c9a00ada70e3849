import { PlumpError } from '../base/errors.ts';
import type { ClusterEvent } from '../model/event.ts';
import type { NodeView } from '../model/member.ts';
import type { Status } from '../model/status.ts';

type Kind = 'string' | 'number' | 'boolean' | 'list' | 'object';

const NODE = {
  id: 'string',
  number: 'number',
  name: 'string',
  state: 'string',
  overlay: 'string',
  image: 'string',
  kernel: 'string',
  kind: 'string',
  role: 'string',
  addresses: 'list',
  endpoints: 'list',
  self: 'boolean',
  silentMs: 'number',
} as const satisfies Partial<Record<keyof NodeView, Kind>>;

const STATUS = {
  phase: 'string',
  name: 'string',
  number: 'number',
  kind: 'string',
  role: 'string',
  image: 'string',
  version: 'string',
  kernel: 'string',
  overlay: 'string',
  hasSecret: 'boolean',
  nics: 'list',
  checks: 'list',
  members: 'number',
} as const satisfies Partial<Record<keyof Status, Kind>>;

const EVENT = {
  seq: 'number',
  time: 'string',
  type: 'string',
  text: 'string',
  fields: 'object',
} as const satisfies Record<keyof ClusterEvent, Kind>;

/** Decodes the answer of /v1/nodes. Fields a newer agent adds are passed through. */
export function decodeNodes(value: unknown): NodeView[] {
  return decodeAnswer(value, 'nodes', (one) => checked<NodeView>(one, NODE, 'a node'));
}

/** Decodes the answer of /v1/status. */
export function decodeStatus(value: unknown): Status {
  return checked<Status>(value, STATUS, 'the status');
}

/** Decodes one event. */
export function decodeEvent(value: unknown): ClusterEvent {
  return checked<ClusterEvent>(value, EVENT, 'an event');
}

/** Decodes a list, one by one. */
export function decodeAnswer<T>(value: unknown, what: string, decode: (one: unknown) => T): T[] {
  if (!Array.isArray(value)) throw refused(`${what} is no list`);
  return value.map(decode);
}

function checked<T>(value: unknown, fields: Readonly<Record<string, Kind>>, what: string): T {
  if (typeof value !== 'object' || value === null) throw refused(`${what} is no object`);
  for (const [field, kind] of Object.entries(fields)) {
    const given = (value as Record<string, unknown>)[field];
    const is = kind === 'list' ? Array.isArray(given) : typeof given === kind && given !== null;
    if (!is) throw refused(`${what} has no ${kind} '${field}'`);
  }
  return value as T;
}

function refused(what: string): PlumpError {
  return new PlumpError('PLUMP_PROTOCOL', `the agent's answer was not understood: ${what}`, {
    hint: 'tools and agent are of different versions',
  });
}
