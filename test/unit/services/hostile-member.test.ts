import { once } from 'node:events';
import { request } from 'node:http';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { makeLog } from '#runtime/base/log.ts';
import { HOME_CALLS, HOST_CALLS } from '#runtime/model/member-api.ts';
import { startMemberServer } from '#runtime/services/members/member-server.ts';
import { jobSpec } from '../../helpers/job-spec.ts';
import { MoveRoom } from '../../helpers/move-room/move-room.ts';

/**
 * Somebody has root on a member. What she sends over the overlay comes from her own address (WireGuard vouches for it),
 * here ::1; the others are fd00::1 and so on. She tries everything against a member that is home of one job and host of
 * another home's: nothing of it may change.
 */

const HOSTILE = '::1';
const TOKEN = 'a'.repeat(32);
const log = makeLog({ write: () => {}, wall: () => 0, level: 'error', readable: false });

interface Answer {
  readonly status: number;
  readonly code: string | undefined;
  readonly value: unknown;
}

const nobody = () => Promise.reject(new Error('nobody asks for images here'));

/** A member under attack: n1 of a room as host, and its home as home. */
async function victim(t: ExecutionContext) {
  const room = new MoveRoom();
  const job = await room.run('n1');
  await room.clock.passGently(3000);
  let listening: Server | undefined;
  const server = startMemberServer({
    listenTcp: (one) => void (listening = one.listen(0, '::1')),
    host: (sender) => room.member('n1').gate.for(sender),
    home: (sender) => room.home.opsFor(sender),
    load: async () => ({ runnable: 1, cpus: 2, freeBytes: 3 }),
    keep: () => undefined,
    images: { receiveMemory: nobody, receive: nobody },
    log,
  });
  if (listening?.listening !== true) await once(listening as Server, 'listening');
  const { port } = (listening as unknown as Server).address() as AddressInfo;
  // Time passes for the members while they are asked.
  const pump = setInterval(() => room.clock.pass(50), 5);
  t.teardown(() => {
    clearInterval(pump);
    return server[Symbol.asyncDispose]();
  });

  const ask = async (name: string, body: string, method = 'POST'): Promise<Answer> => {
    const sent = request({ host: '::1', port, method, path: `/v1/${name}`, agent: false });
    sent.end(body);
    const [response] = (await once(sent, 'response')) as [NodeJS.ReadableStream & { statusCode: number }];
    let text = '';
    for await (const chunk of response) text += String(chunk);
    const answer = JSON.parse(text) as { value?: unknown; error?: { code: string } };
    return { status: response.statusCode, code: answer.error?.code, value: answer.value };
  };
  /** It runs on n1 as before, and its home knows nothing else. */
  const untouched = async () => {
    const before = room.files.written(job.id).length;
    await room.clock.passGently(3000);
    t.true(room.files.written(job.id).length > before, 'the job runs on');
    t.deepEqual(room.files.wrong, []);
    t.deepEqual(room.copies(), [{ on: 'n1', runs: true, state: 'running' }]);
    t.is(room.home.jobs()[0]?.end, undefined);
  };
  return { room, job, port, ask, untouched };
}

const record = { quiet: { stopped: [], locks: [] }, bytes: 1, frozenMs: 1, tasks: [] };
const target = { overlay: HOSTILE, generation: 2, token: TOKEN };
const want = { token: TOKEN, uid: 0, memoryBytes: 1, imageBytes: 1, cpuFlags: [], source: HOSTILE };
/** The words after the job in question, for each operation of a host. */
const WORDS: Readonly<Record<Exclude<keyof typeof HOST_CALLS, 'list'>, readonly unknown[]>> = {
  reserve: [want],
  start: [jobSpec({ user: { uid: 0, gid: 0, groups: [] } }), TOKEN],
  cantmove: [],
  quiet: [2],
  dump: [target],
  send: [target],
  restore: [jobSpec(), TOKEN, record],
  unlock: [2],
  prepared: [],
  go: [],
  resume: [2],
  discard: [],
  signal: [9, TOKEN],
  nice: [19],
  steer: [{ hints: [], locked: false, ageMs: 0 }],
};

test("a member with root can do nothing to a job that another home has on this host, and doesn't learn of it", async (t) => {
  const { room, job, ask, untouched } = await victim(t);
  const ref = { home: room.homeAddress, id: job.id, generation: job.generation };
  for (const [name, words] of Object.entries(WORDS)) {
    const answer = await ask(name, JSON.stringify([ref, ...words]));
    t.deepEqual([answer.status, answer.code], [400, 'PLUMP_DENIED'], name);
  }
  t.deepEqual((await ask('list', '[]')).value, []);
  await untouched();
});

test('a job of hers that bears the same name is another one', async (t) => {
  const { job, ask, untouched } = await victim(t);
  const hers = { home: HOSTILE, id: job.id, generation: job.generation };
  for (const name of ['cantmove', 'prepared', 'go', 'discard'])
    t.not((await ask(name, JSON.stringify([hers]))).code, 'PLUMP_DENIED', name);
  t.is((await ask('signal', JSON.stringify([hers, 9, TOKEN]))).code, 'PLUMP_REFUSED');
  await untouched();
});

test('a member with root can neither end, take nor describe a job at home that it does not host', async (t) => {
  const { room, job, ask, untouched } = await victim(t);
  const ref = { home: room.homeAddress, id: job.id, generation: job.generation };
  const refs = [ref, { ...ref, generation: 2 }, { ...ref, home: HOSTILE }, { ...ref, id: '00000000' }];
  for (const one of refs)
    for (const [name, words] of [
      ['exited', [{}]],
      ['exited', [{ text: 'it is over' }]],
      ['takeAway', []],
    ] as const)
      t.is((await ask(name, JSON.stringify([one, ...words]))).code, 'PLUMP_DENIED', name);
  await untouched();
});

test('a host that had the job, or is to have it, speaks for it no longer or not yet', async (t) => {
  const room = new MoveRoom();
  const job = await room.run('n1');
  await room.clock.passGently(3000);
  const before = { home: room.homeAddress, id: job.id, generation: job.generation };
  const [n1, n2] = ['n1', 'n2'].map((name) => room.member(name).host.overlay) as [string, string];
  const coming = { ...before, generation: 2 };
  const denied = { code: 'PLUMP_DENIED' };
  const move = room.home.move(job, { member: n2 });
  await room.clock.passGently(400);
  t.is(job.move?.phase, 'open');
  await t.throwsAsync(room.home.opsFor(n2).exited(coming, {}), denied);
  await room.outcome(move);
  await t.throwsAsync(room.home.opsFor(n1).exited(before, {}), denied);
  await t.throwsAsync(room.home.opsFor(n1).exited(coming, {}), denied);
  await t.throwsAsync(room.home.opsFor(n1).takeAway(before), denied);
  t.is(room.home.jobs()[0]?.end, undefined);
});

test('what was discarded comes back by no message sent again, token and all', async (t) => {
  const { room, job, untouched } = await victim(t);
  const door = room.member('n2').gate.for(room.homeAddress);
  const ref = { home: room.homeAddress, id: job.id, generation: 7 };
  await room.outcome(door.reserve(ref, { ...want, token: job.token }));
  await room.outcome(door.discard(ref));
  const gone = { code: 'PLUMP_REFUSED', message: 'that copy is gone' };
  await t.throwsAsync(door.reserve(ref, { ...want, token: job.token }), gone);
  await t.throwsAsync(door.start(ref, jobSpec(), job.token), gone);
  await t.throwsAsync(door.restore(ref, jobSpec(), job.token, record), gone);
  await t.throwsAsync(door.go(ref), gone);
  t.true(room.member('n2').gate.gone(ref));
  await untouched();
});

test('nonsense is refused in words whatever its shape, and the next one is served', async (t) => {
  const { ask, untouched } = await victim(t);
  const bodies = [
    '',
    'null',
    '7',
    '"x"',
    '{}',
    '[]',
    '[null]',
    '[[]]',
    '[{"__proto__":{"home":"::1"}}]',
    '[{"home":"::1","id":"0badcafe","generation":1,"more":1}]',
    '[{"home":"::1","id":"../../etc","generation":1},1,2,3,4]',
    '[{"home":"::1","id":"0badcafe","generation":1e999},9]',
    '{"length":3}',
    '\u0000',
    '['.repeat(200_000),
    `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`,
  ];
  for (const name of [...Object.keys(HOST_CALLS), ...Object.keys(HOME_CALLS), 'load'])
    for (const body of bodies) {
      if (body === '[]' && (name === 'list' || name === 'load')) continue;
      const { status, code } = await ask(name, body);
      t.deepEqual([status, code], [400, 'PLUMP_PROTOCOL'], `${name} ${body.slice(0, 40)}`);
    }
  for (const name of ['', 'constructor', '__proto__', 'toString', 'images', 'images?home=::1&id=x'])
    t.is((await ask(name, '[]')).code, 'PLUMP_PROTOCOL', name);
  t.is((await ask('list', '', 'GET')).code, 'PLUMP_PROTOCOL');
  t.deepEqual((await ask('load', '[]')).value, { runnable: 1, cpus: 2, freeBytes: 3 });
  await untouched();
});

test('a question without end is cut off, and more connections than one member needs are refused', async (t) => {
  const { port, ask, untouched } = await victim(t);
  const endless = opened(port);
  endless.write('POST /v1/list HTTP/1.1\r\nhost: m\r\ntransfer-encoding: chunked\r\n\r\n');
  const piece = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(2 ** 20, 32), Buffer.from('\r\n')]);
  const more = () => {
    while (!endless.destroyed && endless.write(piece));
  };
  endless.on('drain', more);
  more();
  await closed(endless);
  const many = Array.from({ length: 200 }, () => opened(port));
  await Promise.any(many.map(closed));
  t.true(many.filter((one) => !one.closed).length >= 100);
  for (const one of many) one.destroy();
  await Promise.all(many.map(closed));
  t.deepEqual((await ask('list', '[]')).value, []);
  await untouched();
});

function opened(port: number): Socket {
  return connect(port, '::1')
    .on('error', () => {})
    .resume();
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => (socket.closed ? resolve() : void socket.once('close', () => resolve())));
}
