import test from 'ava';
import {
  choose,
  endpointText,
  forgetFailures,
  heard,
  newPath,
  type Path,
  probed,
  type Ways,
} from '#runtime/core/endpoint-choice.ts';
import type { Endpoint } from '#runtime/model/member.ts';

const at = (address: string, prefix = 24): Endpoint => ({ address, prefix, port: 51820 });
const own = (address: string, prefix = 24) => ({ address, prefix });

/** One peer, driven as the overlay drives it; `wg` is what WireGuard was last told. */
class Peer {
  path: Path = newPath();
  ways: Ways;
  now = 0;
  wg: string | undefined;

  constructor(ours: Ways['ours'], theirs: Ways['theirs']) {
    this.ways = { ours, theirs };
    this.review();
  }

  review(): string | undefined {
    const { path, set } = choose(this.path, { actual: this.wg, ...this.ways }, this.now);
    this.path = path;
    if (set) this.wg = endpointText(set).replace(':51820', '');
    if (set) this.ways = { ...this.ways, actual: endpointText(set) };
    return set && this.wg;
  }

  miss(times = 1): string | undefined {
    // Not right after a change: those probes do not count.
    this.now += 2000;
    for (let i = 0; i < times; i++) this.path = probed(this.path, false, this.now);
    return this.review();
  }

  answer(afterMs: number): string | undefined {
    this.now += afterMs;
    this.path = probed(this.path, true, this.now);
    return this.review();
  }
}

test('a segment we share comes first, whatever the peer lists first', (t) => {
  t.is(new Peer([own('10.1.0.2')], [at('10.9.0.5'), at('10.1.0.5')]).wg, '10.1.0.5');
  t.is(new Peer([own('10.7.0.2')], [at('10.9.0.5'), at('10.1.0.5')]).wg, '10.9.0.5');
  t.is(new Peer([], []).wg, undefined);
});

test('the same network with another prefix length is not the same segment', (t) => {
  t.is(new Peer([own('10.1.0.2', 16)], [at('10.9.0.5'), at('10.1.0.5', 24)]).wg, '10.9.0.5');
});

test('both sides settle on the same segment when they share two', (t) => {
  const one = new Peer([own('10.1.0.1'), own('10.2.0.1')], [at('10.2.0.2'), at('10.1.0.2')]);
  const two = new Peer([own('10.2.0.2'), own('10.1.0.2')], [at('10.1.0.1'), at('10.2.0.1')]);
  t.is(one.wg, '10.1.0.2');
  t.is(two.wg, '10.1.0.1');
});

test('one lost probe changes nothing, two in a row change the endpoint', (t) => {
  const peer = new Peer([own('10.1.0.1'), own('10.2.0.1')], [at('10.1.0.2'), at('10.2.0.2')]);
  t.is(peer.miss(), undefined);
  peer.answer(1000);
  t.is(peer.miss(), undefined);
  t.is(peer.miss(), '10.2.0.2');
});

test('probes sent before a change do not count against the new endpoint', (t) => {
  const peer = new Peer([own('10.1.0.1'), own('10.2.0.1')], [at('10.1.0.2'), at('10.2.0.2')]);
  t.is(peer.miss(2), '10.2.0.2');
  peer.now += 800;
  for (let i = 0; i < 4; i++) peer.path = probed(peer.path, false, peer.now);
  t.is(peer.review(), undefined);
});

test('a peer that answers nowhere is not hurried after', (t) => {
  const peer = new Peer([own('10.1.0.1'), own('10.2.0.1')], [at('10.1.0.2'), at('10.2.0.2')]);
  let changes = 0;
  for (let i = 0; i < 30; i++) if (peer.miss(2) !== undefined) changes++;
  t.true(changes <= 60 / 5, `${changes} changes in a minute`);
});

test('the better endpoint is preferred again after a while, and for longer each time it fails', (t) => {
  const peer = new Peer([own('10.1.0.1'), own('10.2.0.1')], [at('10.1.0.2'), at('10.2.0.2')]);
  const waits: number[] = [];
  for (let round = 0; round < 4; round++) {
    t.is(peer.miss(2), '10.2.0.2');
    const left = peer.now;
    while (peer.answer(1000) === undefined) t.true(peer.now - left < 400_000);
    t.is(peer.wg, '10.1.0.2');
    waits.push(peer.now - left);
  }
  t.deepEqual(waits, [10_000, 20_000, 40_000, 80_000]);
  for (let i = 0; i < 20; i++) peer.answer(1000);
  t.is(peer.miss(2), '10.2.0.2');
  const left = peer.now;
  while (peer.answer(1000) === undefined);
  t.is(peer.now - left, 10_000, 'what worked for long is forgiven');
});

test('hearing the peer on the failed segment shortens the wait', (t) => {
  const peer = new Peer([own('10.1.0.1'), own('10.2.0.1')], [at('10.1.0.2'), at('10.2.0.2')]);
  for (let round = 0; round < 3; round++) {
    peer.miss(2);
    if (round < 2) while (peer.answer(1000) === undefined);
  }
  const left = peer.now;
  peer.answer(12_000);
  t.is(peer.wg, '10.2.0.2');
  peer.path = heard(peer.path, '10.1.0.2:51820', peer.now);
  t.is(peer.answer(1), '10.1.0.2');
  t.true(peer.now - left < 40_000);
});

test('a change of NICs makes everything worth trying again', (t) => {
  const peer = new Peer([own('10.1.0.1'), own('10.2.0.1')], [at('10.1.0.2'), at('10.2.0.2')]);
  peer.miss(2);
  peer.now += 20_000;
  peer.path = forgetFailures(peer.path);
  t.is(peer.review(), '10.1.0.2');
});

test('an endpoint the peer no longer has is left at once', (t) => {
  const peer = new Peer([own('10.1.0.1')], [at('10.1.0.2'), at('10.9.0.2')]);
  peer.ways = { ...peer.ways, theirs: [at('10.9.0.2')] };
  t.is(peer.review(), '10.9.0.2');
});

test('where everything fails, all endpoints are tried in turn', (t) => {
  const peer = new Peer([own('10.1.0.1')], [at('10.1.0.2'), at('10.8.0.2'), at('10.9.0.2')]);
  const tried = Array.from({ length: 6 }, () => {
    peer.now += 5000;
    return peer.miss(2);
  });
  t.deepEqual(tried.slice(0, 3), ['10.8.0.2', '10.9.0.2', '10.1.0.2']);
  t.true(tried.every((endpoint) => endpoint !== undefined));
});

test('an only endpoint is set anew, which also clears a source address the kernel clings to', (t) => {
  const peer = new Peer([own('10.1.0.1')], [at('10.1.0.2')]);
  t.is(peer.miss(2), '10.1.0.2');
});

test('when the kernel was drawn to a worse NIC of the peer, it is set back', (t) => {
  const peer = new Peer([own('10.1.0.1'), own('10.2.0.1')], [at('10.1.0.2'), at('10.2.0.2')]);
  peer.ways = { ...peer.ways, actual: '10.2.0.2:51820' };
  t.is(peer.answer(1000), undefined);
  t.is(peer.answer(10_000), '10.1.0.2');
});

test('where the peer itself has gone over to another NIC, it is followed there', (t) => {
  const peer = new Peer([own('10.1.0.1'), own('10.2.0.1')], [at('10.1.0.2'), at('10.2.0.2')]);
  peer.ways = { ...peer.ways, actual: '10.2.0.2:51820' };
  t.is(peer.miss(2), undefined, 'not pulled back to what has just failed');
  t.is(peer.path.current, '10.2.0.2:51820');
  t.true(peer.path.failed.has('10.1.0.2:51820'));
  t.is(peer.miss(2), '10.1.0.2', 'until it fails there too');
});

test('a peer behind address translation is left where WireGuard found it', (t) => {
  const peer = new Peer([own('10.1.0.1')], [at('192.168.0.2')]);
  peer.ways = { ...peer.ways, actual: '10.1.0.77:40000' };
  for (let i = 0; i < 60; i++) t.is(peer.answer(1000), undefined);
});
