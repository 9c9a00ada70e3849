import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { PlumpError } from '../base/errors.ts';
import type { ClusterEvent } from '../model/event.ts';
import { decodeEvent } from './decode.ts';
import { noAgent } from './no-agent.ts';

/** The agent sends something each 15 s; silence beyond means that it is gone. */
const SILENCE_MS = 60_000;

/** Reads server-sent events of the agent; ends when the signal aborts or the agent closes. */
export async function* readEventStream(
  socketPath: string,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<ClusterEvent> {
  const sent = request({ socketPath, path: `/v1/events?follow=1&after=${after}`, signal, timeout: SILENCE_MS }).end();
  sent.on('timeout', () => sent.destroy(new PlumpError('PLUMP_TIMEOUT', 'the agent fell silent')));
  try {
    const response = await answered(sent);
    for await (const block of blocks(response)) {
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (data !== undefined) yield decodeEvent(JSON.parse(data));
    }
  } catch (error) {
    if (signal.aborted) return;
    throw error instanceof PlumpError ? error : noAgent(error);
  }
}

async function answered(sent: ClientRequest): Promise<IncomingMessage> {
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  if (response.statusCode === 200) return response;
  throw new PlumpError('PLUMP_BUSY', 'the agent lets nobody follow its events now');
}

async function* blocks(response: IncomingMessage): AsyncGenerator<string> {
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response as AsyncIterable<string>) {
    const parts = (text + chunk).split('\n\n');
    text = parts.pop() ?? '';
    yield* parts;
  }
}
