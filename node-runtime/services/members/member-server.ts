import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Server } from 'node:net';
import { messageOf, PlumpError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { HomeOps, HostOps, ImageReceiver } from '../../model/guest-ops.ts';
import { decodeGuestRef, type MemberLoad } from '../../model/guest.ts';
import { tokenText } from '../../model/job-spec.ts';
import { KEEP_CALL, type Keepsake } from '../../model/keepsake.ts';
import { callPath, HOME_CALLS, HOST_CALLS, IMAGES_PATH, LOAD_CALL, type MemberCall } from '../../model/member-api.ts';
import { PORTS } from '../../model/ports.ts';
import { SenderBounds } from './sender-bounds.ts';

/** What a member offers the others. `sender` is the overlay address that asks: WireGuard vouches for it. */
export interface MemberServerDeps {
  listenTcp(server: Server, port: number): void;
  host(sender: string): HostOps;
  home(sender: string): HomeOps;
  load(): Promise<MemberLoad>;
  /** Keeps settings of a machine that has no disk; see model/keepsake. */
  keep(sender: string, given: Keepsake): Keepsake | undefined;
  readonly images: ImageReceiver;
  readonly log: Log;
}

const MOST_BODY = 16 * 2 ** 20;
const MOST_CONNECTIONS = 1024;
const REST_MS = 2000;

/** Serves the members' API at this member's overlay address. */
export function startMemberServer(deps: MemberServerDeps): AsyncDisposable {
  const bounds = new SenderBounds();
  const server = createServer((asked, response) => {
    answer(deps, bounds, asked).then(
      (value) => send(response, 200, { value }),
      (error: unknown) => fail(deps.log, asked, response, error),
    );
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.requestTimeout = 0;
  server.keepAliveTimeout = 60_000;
  bounds.watch(server);
  server.on('error', (error) => deps.log.error("the members' API does not listen", { error: error.message }));
  deps.listenTcp(server, PORTS.api);
  return {
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(deps: MemberServerDeps, bounds: SenderBounds, asked: IncomingMessage): Promise<unknown> {
  const sender = asked.socket.remoteAddress ?? '';
  const url = new URL(asked.url ?? '/', 'http://member');
  if (asked.method !== 'POST') throw new PlumpError('PLUMP_PROTOCOL', 'members ask by POST');
  if (url.pathname === IMAGES_PATH)
    // Whoever stops reading does not close the connection: the sender is to hear why.
    return takeImages(deps.images, sender, url.searchParams, asked.iterator({ destroyOnReturn: false }));
  const name = url.pathname.slice(callPath('').length);
  const args = async (call: MemberCall) => call.args(parse(await bounds.read(sender, asked, MOST_BODY), name), name);
  if (name === 'load') return args(LOAD_CALL).then(() => deps.load());
  if (name === 'keep') return deps.keep(sender, (await args(KEEP_CALL))[0] as Keepsake);
  const [call, ops] = callOf(deps, sender, name);
  return (ops() as Record<string, Operation>)[name]?.(...(await args(call)));
}

type Operation = (...args: readonly unknown[]) => Promise<unknown>;

function callOf(deps: MemberServerDeps, sender: string, name: string): readonly [MemberCall, () => object] {
  if (Object.hasOwn(HOST_CALLS, name)) return [HOST_CALLS[name as keyof HostOps], () => deps.host(sender)];
  if (Object.hasOwn(HOME_CALLS, name)) return [HOME_CALLS[name as keyof HomeOps], () => deps.home(sender)];
  throw new PlumpError('PLUMP_PROTOCOL', `${name.slice(0, 40)} is not offered`);
}

function parse(body: Buffer, name: string): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new PlumpError('PLUMP_PROTOCOL', `${name}: no JSON`);
  }
}

async function takeImages(
  images: ImageReceiver,
  sender: string,
  where: URLSearchParams,
  body: AsyncIterable<Uint8Array>,
): Promise<undefined> {
  const given = { home: where.get('home'), id: where.get('id'), generation: Number(where.get('generation')) };
  const token = tokenText(where.get('token') ?? undefined, 'token');
  const receive = where.get('part') === 'memory' ? images.receiveMemory : images.receive;
  await receive.call(images, decodeGuestRef(given, 'images'), sender, token, body);
  return undefined;
}

function send(response: ServerResponse, status: number, content: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
}

function fail(log: Log, asked: IncomingMessage, response: ServerResponse, error: unknown): void {
  const known = error instanceof PlumpError ? error.code : 'PLUMP_SYSTEM';
  log.debug('refused a member', { url: asked.url, from: asked.socket.remoteAddress, error: messageOf(error) });
  if (response.headersSent) return void response.destroy();
  send(response, 400, { error: { code: known, message: messageOf(error) } });
  if (asked.complete) return;
  // What is left of a body nobody reads must not keep the connection, and one without end has to end.
  asked.resume();
  setTimeout(() => asked.complete || asked.socket.destroy(), REST_MS).unref();
}
