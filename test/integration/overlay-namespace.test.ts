import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { openTools } from '#builder/host/open-tools.ts';
import { systemClock } from '#runtime/base/clock.ts';
import { makeLog } from '#runtime/base/log.ts';
import { NFS_PORTS, PORTS } from '#runtime/model/ports.ts';
import { startOverlay } from '#runtime/services/overlay.ts';
import { connectInside, listenInside, udpInside } from '#runtime/system/namespace-sockets.ts';
import { openNamespace, removeNamespace } from '#runtime/system/netns.ts';
import { nftProgram } from '#runtime/system/nft.ts';
import { setFilter } from '#runtime/system/overlay-filter.ts';
import { OverlayGate } from '#runtime/system/overlay-gate.ts';
import { type RunCommand, runCommand } from '#runtime/system/run-command.ts';
import { Lan, type LanHost } from '../helpers/lan.ts';

const PREFIX = 'fd00:1:2:0';
/** Not this cluster's. */
const STRANGE = 'fd77:1:2:0';

/** Two overlay namespaces joined by an ordinary cable named as the overlay's interface: this kernel has no WireGuard. */
async function pair(lan: Lan): Promise<[LanHost, LanHost]> {
  const hosts = [lan.host('one'), lan.host('two')] as [LanHost, LanHost];
  for (const [i, host] of hosts.entries()) {
    await host.plug('plump0', 0, '10.0.0.1/32');
    const addresses = [PREFIX, STRANGE].map((prefix) => `addr add ${prefix}::${i + 1}/64 dev plump0 nodad\n`);
    await host.run('ip', ['-batch', '-'], { input: addresses.join('') });
    await setFilter(await withNft(host), PREFIX);
  }
  // WireGuard needs no neighbour discovery, and the filter lets none in; a cable wants to know MAC addresses.
  for (const [i, host] of hosts.entries()) {
    const mac = /link\/ether (\S+)/.exec(await host.run('ip', ['-o', 'link', 'show', 'plump0']))?.[1] ?? '';
    for (const prefix of [PREFIX, STRANGE])
      await hosts[1 - i]?.run('ip', ['neigh', 'replace', `${prefix}::${i + 1}`, 'lladdr', mac, 'dev', 'plump0']);
  }
  return hosts;
}

/** This machine need not have nft; the tools that virtual PCs need bring it along. */
async function withNft(host: LanHost): Promise<RunCommand> {
  const tools = await openTools('vm', { env: process.env, notice: () => {} });
  return (program, args, options) => {
    const { file, args: first } = program === 'nft' ? tools.command('nft') : { file: program, args: [] };
    return host.run(file, [...first, ...args], options);
  };
}

/** What becomes of a connection within a moment. */
async function connects(host: LanHost, address: string, port: number): Promise<boolean> {
  const socket = connectInside(host.namespace, address, port);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  socket.on('data', () => resolve(true)).on('error', () => resolve(false));
  const timer = setTimeout(() => resolve(false), 700);
  const got = await promise;
  clearTimeout(timer);
  socket.destroy();
  return got;
}

test('sockets opened in the namespace stay in it, and the agent stays out', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'plumpos-ns-'));
  const file = path.join(folder, 'plumpos');
  t.teardown(() => {
    removeNamespace(file);
    rmSync(folder, { recursive: true, force: true });
  });
  const before = await runCommand('readlink', ['/proc/thread-self/ns/net']);
  using namespace = openNamespace(file);
  await namespace.run(() => runCommand('ip', ['link', 'set', 'lo', 'up']));
  const udp = udpInside(namespace, '::1', PORTS.gossip);
  const server = createServer((socket) => socket.end('hello'));
  listenInside(namespace, server, '::1', PORTS.api);
  const socket = connectInside(namespace, '::1', PORTS.api);
  const [data] = (await once(socket, 'data')) as [Buffer];
  t.is(String(data), 'hello');
  t.notRegex(await runCommand('ss', ['-tuln']), /::1\]:790/, 'not in the main namespace');
  t.throws(() => udpInside(namespace, '::1', PORTS.gossip), { message: /EADDRINUSE/ });
  t.throws(() => listenInside(namespace, createServer(), '::1', PORTS.api), { message: /taken/ });
  t.is(await runCommand('readlink', ['/proc/thread-self/ns/net']), before);
  t.throws(() => namespace.run(() => JSON.parse('no')));
  t.is(await runCommand('readlink', ['/proc/thread-self/ns/net']), before, 'back after an error too');
  udp.close();
  server.close();
  using again = openNamespace(file);
  t.regex(await again.run(() => runCommand('ip', ['-o', 'link', 'show', 'lo'])), /UP/, 'the same one, not a new one');
});

test('a removed namespace leaves neither mount nor file, and removing it twice is no error', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'plumpos-ns-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'deep', 'plumpos');
  openNamespace(file)[Symbol.dispose]();
  removeNamespace(file);
  removeNamespace(file);
  t.throws(() => statSync(file));
  t.false((await runCommand('cat', ['/proc/self/mountinfo'])).includes(folder));
});

test("members reach gossip, load and API through the filter, nothing else; others' addresses reach nothing", async (t) => {
  await using lan = await Lan.make();
  const [one, two] = await pair(lan);
  const servers = [PORTS.api, NFS_PORTS.first, 8080].map((port) => {
    const server = createServer((socket) => socket.end('x'));
    listenInside(two.namespace, server, '::', port);
    return server;
  });
  t.teardown(() => servers.forEach((server) => server.close()));
  t.true(await connects(one, `${PREFIX}::2`, PORTS.api));
  t.false(await connects(one, `${PREFIX}::2`, NFS_PORTS.first), 'NFS is closed until it is opened to a member');
  t.false(await connects(one, `${PREFIX}::2`, 8080));
  const load = udpInside(two.namespace, '::', PORTS.load);
  const gossip = udpInside(two.namespace, '::', PORTS.gossip);
  const speaker = udpInside(one.namespace, `${PREFIX}::1`, 0);
  speaker.send('hi', PORTS.gossip, `${PREFIX}::2`);
  t.is(String((await once(gossip, 'message'))[0]), 'hi');
  speaker.send('busy', PORTS.load, `${PREFIX}::2`);
  t.is(String((await once(load, 'message'))[0]), 'busy');
  for (const socket of [gossip, load]) socket.close();
  speaker.close();
  t.false(await connects(one, `${STRANGE}::2`, PORTS.api), 'not an address of this cluster');
});

test('NFS is open to the member it was opened to, a few connections at a time; closing it cuts those that stand', async (t) => {
  await using lan = await Lan.make();
  const [one, two] = await pair(lan);
  // Connections that the gate cut are never closed by the other side.
  const accepted = new Set<Socket>();
  const server = createServer((socket) => accepted.add(socket) && socket.on('error', () => {}).write('x'));
  listenInside(two.namespace, server, '::', NFS_PORTS.last);
  t.teardown(() => {
    for (const socket of accepted) socket.destroy();
    server.close();
  });
  const gate = new OverlayGate(nftProgram(await withNft(two)));
  await gate.openNfs(`${PREFIX}::7`, NFS_PORTS.last);
  t.false(await connects(one, `${PREFIX}::2`, NFS_PORTS.last), "another member's gate");
  for (const _ of [1, 2]) await gate.openNfs(`${PREFIX}::1`, NFS_PORTS.last);
  t.true(await connects(one, `${PREFIX}::2`, NFS_PORTS.last));
  const standing = connectInside(one.namespace, `${PREFIX}::2`, NFS_PORTS.last);
  await once(standing, 'data');
  await setFilter(await withNft(two), PREFIX);
  t.true(await connects(one, `${PREFIX}::2`, NFS_PORTS.last), 'an agent that starts again leaves the gate as it is');
  for (const _ of [1, 2]) await gate.closeNfs(`${PREFIX}::1`, NFS_PORTS.last);
  const cut = new Promise((resolve) => standing.on('error', resolve));
  standing.write('y');
  t.like(await cut, { code: 'ECONNRESET' });
  t.false(await connects(one, `${PREFIX}::2`, NFS_PORTS.last));
});

test("a job's address belongs to the interfaces it was placed at", async (t) => {
  await using lan = await Lan.make();
  const [one] = await pair(lan);
  const gate = new OverlayGate(nftProgram(await withNft(one)));
  await gate.placeJob('198.18.1.5', ['v0a0b0c0d-1']);
  await gate.placeJob('198.18.1.6', ['v0a0b0c0e-1', 'pj000100020003']);
  await gate.placeJob('198.18.1.5', ['pj000100020003']);
  t.deepEqual(await gate.jobInterfaces('198.18.1.5'), ['pj000100020003']);
  t.deepEqual((await gate.jobInterfaces('198.18.1.6')).toSorted(), ['pj000100020003', 'v0a0b0c0e-1']);
  await gate.placeJob('198.18.1.6', []);
  t.deepEqual(await gate.jobInterfaces('198.18.1.6'), []);
});

test('on a kernel without WireGuard the overlay says so and leaves nothing behind', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'plumpos-ov-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const hasWireGuard = await runCommand('ip', ['link', 'add', 'plumptest0', 'type', 'wireguard']).then(
    () => true,
    () => false,
  );
  if (hasWireGuard) {
    await runCommand('ip', ['link', 'del', 'plumptest0']);
    return t.pass('this kernel has it; the overlay itself is tested in virtual machines');
  }
  const file = path.join(folder, 'plumpos');
  const overlay = await startOverlay(
    {
      secret: Buffer.alloc(32, 1),
      nics: { list: () => [], onChange: () => {} },
      clock: systemClock(),
      log: makeLog({ write: () => {}, wall: () => 0 }),
      system: { namespaceFile: file, keyFile: path.join(folder, 'key') },
    },
    new AbortController().signal,
  );
  t.regex(overlay.checks()[0]?.text ?? '', /no WireGuard/);
  await overlay[Symbol.asyncDispose]();
  t.throws(() => statSync(file));
  return undefined;
});
