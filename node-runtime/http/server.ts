import { chmodSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { type ErrorCode, messageOf, PlumpError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { AgentApi } from './agent-api.ts';
import { JOB_ROUTES } from './job-routes.ts';
import { type Answer, ROUTES, type Route } from './routes.ts';

/** What the server needs. */
export interface HttpDeps {
  readonly api: AgentApi;
  readonly socketPath: string;
  /** The uid at the other end of a connection, from the kernel. */
  peerUid(socket: Socket): number | undefined;
  readonly log: Log;
}

/** The longest map file fits. */
const MOST_BODY = 128 * 1024;
const MOST_CONNECTIONS = 256;

/** HTTP status of an error; anything else is a 500. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  PLUMP_USAGE: 400,
  PLUMP_CONFIG: 400,
  PLUMP_KEY: 400,
  PLUMP_INPUT: 400,
  PLUMP_DENIED: 403,
  PLUMP_REFUSED: 409,
  PLUMP_PROTOCOL: 400,
  PLUMP_UNREACHABLE: 503,
  PLUMP_STOPPED: 409,
  PLUMP_TOOL: 500,
  PLUMP_BUSY: 503,
};

/**
 * The agent's API on its unix socket. Everybody on the machine may look; whoever changes something must be root, by the
 * kernel's word.
 * @throws PlumpError PLUMP_BUSY when another agent answers there.
 */
export async function startHttp(deps: HttpDeps, signal: AbortSignal): Promise<AsyncDisposable> {
  signal.throwIfAborted();
  await clearStaleSocket(deps.socketPath);
  const server = createServer((request, response) => {
    answer(deps, request, response).catch((error: unknown) => fail(deps, request, response, error));
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.requestTimeout = 10_000;
  server.listen(deps.socketPath);
  await once(server, 'listening');
  chmodSync(deps.socketPath, 0o666);
  return {
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(deps: HttpDeps, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://agent');
  const route = findRoute(request.method ?? '', url.pathname);
  const uid = deps.peerUid(request.socket);
  if (route.mutates && uid !== 0)
    throw new PlumpError('PLUMP_DENIED', 'only root may change this member', { hint: 'use sudo' });
  const body = await readBody(request);
  send(response, 200, await route.run(deps.api, { query: url.searchParams, body, uid, response }));
}

function findRoute(method: string, path: string): Route {
  const same = [...ROUTES, ...JOB_ROUTES].filter((route) => route.path === path);
  const route = same.find((one) => one.method === method);
  if (route !== undefined) return route;
  throw new HttpError(same.length > 0 ? 405 : 404, `${method} ${path} is not offered`);
}

/** An error of HTTP itself. */
class HttpError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MOST_BODY) throw new HttpError(413, `the body is longer than ${MOST_BODY} bytes`);
    chunks.push(chunk);
  }
  if (length === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  } catch {
    throw new PlumpError('PLUMP_USAGE', 'the body is not JSON');
  }
}

function send(response: ServerResponse, status: number, content: Answer): void {
  if (content === undefined) return;
  const [type, text] =
    'json' in content
      ? ['application/json', `${JSON.stringify(content.json)}\n`]
      : ['text/plain; version=0.0.4; charset=utf-8', content.text];
  response.writeHead(status, { 'content-type': type }).end(text);
}

function fail(deps: HttpDeps, request: IncomingMessage, response: ServerResponse, error: unknown): void {
  const known = error instanceof PlumpError ? error : undefined;
  const status = error instanceof HttpError ? error.status : ((known && STATUS[known.code]) ?? 500);
  if (status === 500) deps.log.error('a request failed', { url: request.url, error: messageOf(error) });
  if (response.headersSent) return void response.destroy();
  const { code, hint } = known ?? { code: 'PLUMP_SYSTEM', hint: undefined };
  send(response, status, { json: { error: { code, message: messageOf(error), hint } } });
}

async function clearStaleSocket(path: string): Promise<void> {
  const probe = connect(path);
  const alive = await new Promise<boolean>((resolve) => {
    probe.on('connect', () => resolve(true)).on('error', () => resolve(false));
  });
  probe.destroy();
  if (alive) throw new PlumpError('PLUMP_BUSY', `another agent answers on ${path}`);
  rmSync(path, { force: true });
}
