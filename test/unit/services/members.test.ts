import { once } from 'node:events';
import { type AddressInfo, connect, type Server } from 'node:net';
import test from 'ava';
import { makeLog } from '#runtime/base/log.ts';
import { PlumpError } from '#runtime/base/errors.ts';
import type { HomeOps, HostOps } from '#runtime/model/guest-ops.ts';
import { MemberClient } from '#runtime/services/members/member-client.ts';
import { startMemberServer } from '#runtime/services/members/member-server.ts';
import { jobSpec } from '../../helpers/job-spec.ts';

const FIGURES = { work: 250, speed: 5000, cpus: 2, freeMB: 300, blocked: false, pressed: true, unusedMB: 7 };

const log = makeLog({ write: () => {}, wall: () => 0, level: 'error', readable: false });
const ref = { home: '::1', id: '0badcafe', generation: 2 };
const token = 'a'.repeat(32);

type Receive = (images: AsyncIterable<Uint8Array>) => Promise<void>;

/** A member that notes what it is asked, on this machine's loopback. */
async function member({ receive, ...operations }: Partial<HostOps> & { receive?: Receive }) {
  const asked: unknown[][] = [];
  const note =
    (name: string) =>
    async (...args: unknown[]) =>
      void asked.push([name, ...args]);
  const names = ['reserve', 'start', 'go', 'discard', 'list'];
  const host = { ...Object.fromEntries(names.map((name) => [name, note(name)])), ...operations };
  const received: string[] = [];
  let listening: Server | undefined;
  const server = startMemberServer({
    listenTcp: (one) => void (listening = one.listen(0, '::1')),
    host: (sender) => (asked.push(['sender', sender]), host as unknown as HostOps),
    home: () => ({ exited: note('exited'), takeAway: note('takeAway') }) as unknown as HomeOps,
    load: async () => ({ runnable: 1, cpus: 2, freeBytes: 3, figures: FIGURES }),
    keep: (sender, given) => ({ ...given, version: given.version + 1, settings: sender }),
    images: {
      receiveMemory: async (_ref, sender) => void received.push(`memory of ${sender}`),
      receive: async (_ref, sender, given, images) => {
        if (given !== token) throw new PlumpError('PLUMP_REFUSED', 'nobody announced these images');
        if (receive) return receive(images);
        let text = sender;
        for await (const chunk of images) text += ` ${Buffer.from(chunk).toString()}`;
        received.push(text);
      },
    },
    log,
  });
  if (listening?.listening !== true) await once(listening as Server, 'listening');
  const { port } = (listening as unknown as Server).address() as AddressInfo;
  const client = new MemberClient({ connectTcp: () => connect(port, '::1'), nameOf: () => 'n1' });
  return { asked, received, client, server };
}

test('what a home asks of a host arrives there as it was said, and the sender is known', async (t) => {
  const { asked, client, server } = await member({
    start: async (...args) => (asked.push(['start', ...args]), { exec: 2, text: 'no' }),
  });
  const spec = jobSpec({ env: ['A=\u00ff'] });
  t.deepEqual(await client.host('::1').start(ref, spec, token), { exec: 2, text: 'no' });
  await client.host('::1').discard(ref);
  await client.home('::1').exited(ref, {});
  t.deepEqual(asked, [
    ['sender', '::1'],
    ['start', ref, spec, token],
    ['sender', '::1'],
    ['discard', ref],
    ['exited', ref, {}],
  ]);
  t.deepEqual(await client.load('::1'), { runnable: 1, cpus: 2, freeBytes: 3, figures: FIGURES });
  const own = { mac: '52:54:00:00:00:01', version: 1, boot: 'a', settings: '{}' };
  t.deepEqual(await client.keep('::1', own), { ...own, version: 2, settings: '::1' });
  client[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

test('a refusal comes back with its reason, nonsense is refused, and who does not answer is unreachable', async (t) => {
  const { client, server } = await member({
    reserve: () => Promise.reject(new PlumpError('PLUMP_REFUSED', 'not enough memory')),
    list: async () => [{ nonsense: true }] as never,
  });
  const want = { token, uid: 1000, memoryBytes: 1, imageBytes: 0, cpuFlags: [] };
  await t.throwsAsync(client.host('::1').reserve(ref, want), { code: 'PLUMP_REFUSED', message: 'not enough memory' });
  await t.throwsAsync(client.host('::1').go({ ...ref, id: '../etc' }), { code: 'PLUMP_PROTOCOL' });
  await t.throwsAsync(client.host('::1').list(), { code: 'PLUMP_PROTOCOL' });
  await server[Symbol.asyncDispose]();
  const silent = { code: 'PLUMP_UNREACHABLE', message: /^n1 does not answer \(connect ECONNREFUSED / };
  await t.throwsAsync(client.host('::1').go(ref), silent);
  client[Symbol.dispose]();
});

test('images go as one stream to whoever waits for them, and a wrong token is refused', async (t) => {
  const { received, client, server } = await member({});
  async function* images() {
    yield Buffer.from('one');
    yield Buffer.from('two');
  }
  const target = { overlay: '::1', generation: 3, token };
  await client.sendImages(ref, target, 'memory', images());
  await client.sendImages(ref, target, 'rest', images());
  t.is(received.length, 2);
  t.is(received[0], 'memory of ::1');
  t.regex(received[1] as string, /^::1 one ?two$/);
  const wrong = { overlay: '::1', generation: 3, token: 'b'.repeat(32) };
  await t.throwsAsync(client.sendImages(ref, wrong, 'rest', images()), { code: 'PLUMP_REFUSED' });
  client[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

test('whoever sends images hears why no more of them are taken, while it sends', async (t) => {
  const { client, server } = await member({
    receive: async (images) => {
      let left = 1_000_000;
      for await (const chunk of images)
        if ((left -= chunk.length) < 0) throw new PlumpError('PLUMP_REFUSED', 'more images come than were announced');
    },
  });
  async function* endless() {
    for (;;) yield Buffer.alloc(100_000);
  }
  await t.throwsAsync(client.sendImages(ref, { overlay: '::1', generation: 3, token }, 'rest', endless()), {
    code: 'PLUMP_REFUSED',
    message: 'more images come than were announced',
  });
  client[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});
