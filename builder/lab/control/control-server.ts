import { chmod } from 'node:fs/promises';
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { messageOf, PlumpError } from '#runtime/base/errors.ts';
import { decodeRequest, type LabRequest } from './requests.ts';
import { CONTROL, Wire } from './wire.ts';

/** Answers one request; what it returns is the result. `wire.closed` aborts when nobody waits for it any more. */
export type Answer = (request: LabRequest, wire: Wire) => Promise<unknown>;

/** What nobody reads keeps nothing alive. */
const LAST_WORDS_MS = 2000;

/** Serves requests on a unix socket, each connection one, until disposed. Answers under way are cut off then. */
export async function serveControl(path: string, answer: Answer): Promise<AsyncDisposable> {
  const wires = new Set<Wire>();
  const answering = new Set<Promise<void>>();
  const server = net.createServer((socket) => {
    const wire = new Wire(socket);
    wires.add(wire);
    socket.on('close', () => wires.delete(wire));
    wire.onFrame = (type, payload) => {
      wire.hold();
      if (type !== CONTROL.request) return wire[Symbol.dispose]();
      const served = serve(wire, payload, answer).finally(() => answering.delete(served));
      answering.add(served);
    };
  });
  server.listen(path);
  await once(server, 'listening');
  await chmod(path, 0o600);
  return {
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      await Promise.race([Promise.all(answering), wait(LAST_WORDS_MS, undefined, { ref: false })]);
      for (const wire of wires) wire.end();
      await Promise.race([closed, wait(LAST_WORDS_MS, undefined, { ref: false })]);
      for (const wire of wires) wire[Symbol.dispose]();
      await closed;
    },
  };
}

async function serve(wire: Wire, payload: Buffer, answer: Answer): Promise<void> {
  try {
    wire.sendJson(CONTROL.result, await answer(decodeRequest(payload), wire));
  } catch (error) {
    const { code, hint } = error instanceof PlumpError ? error : { code: 'PLUMP_LAB', hint: undefined };
    wire.sendJson(CONTROL.error, { code, message: messageOf(error), hint });
  }
  wire.end();
}
