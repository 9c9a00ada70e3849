import type { ServerResponse } from 'node:http';
import { PlumpError } from '../base/errors.ts';
import type { AgentApi } from './agent-api.ts';
import { followEvents } from './event-stream.ts';
import { metricsText } from './metrics.ts';

/** A request as routes see it: its body is read and is JSON. */
export interface ApiRequest {
  readonly query: URLSearchParams;
  readonly body: unknown;
  /** Who asks, by the kernel's word. */
  readonly uid: number | undefined;
  readonly response: ServerResponse;
}

/** What a route gives back: JSON, or text, or nothing because it answers on its own. */
export type Answer = { readonly json: unknown } | { readonly text: string } | undefined;

/** One URL of the API. `mutates`: root only. */
export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly mutates?: true;
  run(api: AgentApi, request: ApiRequest): Promise<Answer> | Answer;
}

/** Every URL of the agent on its unix socket. */
export const ROUTES: readonly Route[] = [
  { method: 'GET', path: '/healthz', run: (api) => ({ json: { phase: api.phase() } }) },
  { method: 'GET', path: '/metrics', run: metrics },
  { method: 'GET', path: '/v1/status', run: status },
  { method: 'GET', path: '/v1/nodes', run: nodes },
  { method: 'GET', path: '/v1/events', run: events },
  { method: 'GET', path: '/v1/speed', run: (api) => ({ json: api.speed.view() }) },
  { method: 'POST', path: '/v1/speed/tune', mutates: true, run: async (api) => ({ json: await api.speed.tune() }) },
  { method: 'POST', path: '/v1/leave', mutates: true, run: leave },
  { method: 'POST', path: '/v1/join', mutates: true, run: join },
  { method: 'POST', path: '/v1/map', mutates: true, run: map },
  { method: 'POST', path: '/v1/address', mutates: true, run: address },
];

async function status(api: AgentApi): Promise<Answer> {
  await api.look();
  return { json: api.status() };
}

async function metrics(api: AgentApi): Promise<Answer> {
  await api.look();
  return { text: metricsText(api) };
}

/** `ask=missing`: those whose load is not known are asked; `ask=OVERLAY`: that member is. */
async function nodes(api: AgentApi, { query }: ApiRequest): Promise<Answer> {
  const ask = query.get('ask');
  if (ask !== null) await api.askLoads(ask === 'missing' ? undefined : ask);
  return { json: api.nodes() };
}

function events(api: AgentApi, { query, response }: ApiRequest): Answer {
  const after = Number(query.get('after') ?? 0);
  if (!Number.isSafeInteger(after) || after < 0)
    throw new PlumpError('PLUMP_USAGE', 'after takes the number of an event');
  if (query.get('follow') !== '1') return { json: api.events.since(after) };
  followEvents(api.events, after, response);
  return undefined;
}

async function leave(api: AgentApi): Promise<Answer> {
  await api.leave();
  return { json: { phase: api.phase() } };
}

async function join(api: AgentApi, { body }: ApiRequest): Promise<Answer> {
  await api.join(optionalText(body, 'code'));
  return { json: { phase: api.phase() } };
}

function map(api: AgentApi, { body }: ApiRequest): Answer {
  api.setMap(optionalText(body, 'map'));
  return { json: {} };
}

async function address(api: AgentApi, { body }: ApiRequest): Promise<Answer> {
  const nic = optionalText(body, 'nic');
  const cidr = optionalText(body, 'cidr');
  if (nic === undefined || cidr === undefined) throw new PlumpError('PLUMP_USAGE', 'nic and cidr are needed');
  await api.setAddress(nic, cidr, optionalText(body, 'gateway'));
  return { json: {} };
}

function optionalText(body: unknown, key: string): string | undefined {
  if (body === undefined) return undefined;
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new PlumpError('PLUMP_USAGE', 'the body must be a JSON object');
  const value = (body as Record<string, unknown>)[key];
  if (value !== undefined && typeof value !== 'string') throw new PlumpError('PLUMP_USAGE', `${key} must be a text`);
  return value;
}
