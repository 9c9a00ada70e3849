import type { ServerResponse } from 'node:http';
import { PlumpError } from '../base/errors.ts';
import type { ClusterEvent } from '../model/event.ts';
import type { EventRing } from '../services/events.ts';

/** A follower that does not read so many bytes is dropped; it may come back with `after`. */
const MOST_UNREAD = 2 ** 20;
const HEARTBEAT_MS = 15_000;

/** Answers with server-sent events: those after number `after`, then each as it happens, until the follower goes. */
export function followEvents(events: EventRing, after: number, response: ServerResponse): void {
  const send = (text: string) => {
    if (response.writableLength > MOST_UNREAD) response.destroy();
    else response.write(text);
  };
  const following = events.follow((event) => send(eventText(event)));
  if (following === undefined) throw new PlumpError('PLUMP_BUSY', 'too many follow the events of this member already');
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  send(': hello\n\n');
  for (const event of events.since(after)) send(eventText(event));
  // So that both ends notice when the other one is gone.
  const heartbeat = setInterval(() => send(':\n\n'), HEARTBEAT_MS);
  response.on('close', () => {
    clearInterval(heartbeat);
    following[Symbol.dispose]();
  });
}

function eventText(event: ClusterEvent): string {
  return `id: ${event.seq}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
