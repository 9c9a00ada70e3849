import test from 'ava';
import { DhcpMachine } from '#runtime/core/dhcp/machine.ts';
import { DhcpRig } from '../../helpers/dhcp-rig.ts';
import { VirtualClock } from '../../helpers/virtual-clock.ts';

test('a lease: discover, request, probe, and only then is the address used', (t) => {
  const rig = new DhcpRig();
  rig.machine.start();
  rig.clock.pass(0);
  t.is(rig.last.kind, 'discover');
  t.is(rig.last.to, 'broadcast');
  rig.answer('offer');
  t.like(rig.last, { kind: 'request', requested: '10.0.0.7', server: '10.0.0.1', hostname: 'n1', to: 'broadcast' });
  rig.answer('ack');
  t.deepEqual(rig.told, ['probe 10.0.0.7']);
  t.is(rig.lease, undefined);
  rig.machine.probed('10.0.0.7', false);
  t.is(rig.machine.state, 'BOUND');
  t.is(rig.lease?.address, '10.0.0.7');
});

test('without an answer it asks again with growing waits, then pauses, and counts the rounds', (t) => {
  const rig = new DhcpRig();
  rig.machine.start();
  rig.clock.pass(14_000);
  t.is(rig.sent.length, 4);
  const waits = rig.sent.slice(1).map(({ at }, i) => at - (rig.sent[i]?.at ?? 0));
  for (const [i, base] of [1, 2, 4].entries())
    t.true(Math.abs((waits[i] ?? 0) - base) <= 0.5, `${waits[i]} near ${base}`);
  rig.clock.pass(90_000);
  t.is(rig.machine.rounds, 3);
  t.deepEqual(rig.told, ['no-offer round 1', 'no-offer round 2', 'no-offer round 3']);
  t.is(new Set(rig.sent.map(({ xid }) => xid)).size, Math.ceil(rig.sent.length / 4), 'a new xid each round');
  t.true((rig.sent[3]?.secs ?? 0) >= 6, 'secs counts from the first message of the round');
});

test('an offer is one thing, the ack another: a server that does not confirm is given up', (t) => {
  const rig = new DhcpRig();
  rig.machine.start();
  rig.clock.pass(0);
  rig.answer('offer');
  rig.clock.pass(16_500);
  t.deepEqual(rig.told, ['no-answer 10.0.0.1']);
  t.is(rig.machine.rounds, 1);
  rig.clock.pass(20_000);
  t.deepEqual(rig.kinds().slice(0, 6), ['discover', 'request', 'request', 'request', 'request', 'discover']);
});

test('what is for somebody else, stale, or from another server is not believed', (t) => {
  const rig = new DhcpRig();
  rig.machine.start();
  rig.clock.pass(0);
  rig.answer('offer', {}, { xid: 1 });
  rig.answer('offer', {}, { mac: '02:00:00:00:00:02' });
  rig.answer('ack');
  t.is(rig.machine.state, 'SELECTING');
  rig.answer('offer');
  rig.answer('ack', { server: '10.0.0.2' });
  rig.nak('10.0.0.2');
  rig.answer('offer', { server: '10.0.0.2', address: '10.0.0.99' });
  t.is(rig.machine.state, 'REQUESTING');
  rig.answer('ack');
  rig.machine.probed('10.0.0.99', false);
  rig.nak();
  t.is(rig.machine.state, 'PROBING');
  rig.machine.probed('10.0.0.7', false);
  rig.answer('ack', { address: '10.0.0.66' });
  rig.nak();
  t.is(rig.machine.state, 'BOUND');
  t.is(rig.lease?.address, '10.0.0.7');
});

test('answers are awaited only while something was asked', (t) => {
  const rig = new DhcpRig();
  t.false(rig.awaits);
  rig.machine.start();
  rig.clock.pass(0);
  t.true(rig.awaits);
  rig.answer('offer');
  rig.answer('ack');
  t.false(rig.awaits);
  rig.machine.probed('10.0.0.7', false);
  t.false(rig.awaits);
  rig.clock.pass(501_000);
  t.true(rig.awaits);
});

test('at T1 the server is asked alone, and its ack counts from the question', (t) => {
  const rig = new DhcpRig();
  rig.bind();
  rig.clock.pass(499_000);
  t.is(rig.machine.state, 'BOUND');
  rig.clock.pass(1000);
  t.is(rig.machine.state, 'RENEWING');
  t.like(rig.last, { kind: 'request', ciaddr: '10.0.0.7', to: '10.0.0.1' });
  t.is(rig.last.requested, undefined);
  t.is(rig.last.server, undefined);
  rig.clock.pass(30_000);
  rig.answer('ack');
  t.is(rig.machine.state, 'BOUND');
  t.is(rig.lease?.from, 500_000);
  t.deepEqual(rig.told, ['probe 10.0.0.7', 'bound 10.0.0.7', 'renewed']);
});

test('at T2 everybody is asked, and another server may take over', (t) => {
  const rig = new DhcpRig();
  rig.bind();
  rig.clock.pass(880_000);
  t.is(rig.machine.state, 'REBINDING');
  t.like(rig.last, { kind: 'request', ciaddr: '10.0.0.7', to: 'broadcast' });
  rig.answer('ack', { server: '10.0.0.2' });
  t.is(rig.machine.state, 'BOUND');
  t.is(rig.lease?.server, '10.0.0.2');
  t.is(rig.told.at(-1), 'renewed');
});

test('between T1, T2 and the end it asks ever sooner, never more than once a minute, and then the address goes', (t) => {
  const rig = new DhcpRig();
  rig.bind({ leaseSeconds: 7200, t1: 3600, t2: 6300 });
  const before = rig.sent.length;
  rig.clock.pass(7_199_900);
  const asked = rig.sent.slice(before);
  for (const [to, from, end] of [
    ['10.0.0.1', 3600, 6300],
    ['broadcast', 6300, 7200],
  ] as const) {
    const times = asked.filter((one) => one.to === to).map(({ at }) => at);
    t.is(times[0], from);
    t.true(times.length >= 4 && (times.at(-1) ?? 0) < end, times.join(' '));
    const waits = times.slice(1).map((at, i) => at - (times[i] ?? 0));
    t.true(
      waits.every((wait) => wait >= 60),
      times.join(' '),
    );
    t.deepEqual(
      waits,
      waits.toSorted((a, b) => b - a),
    );
  }
  t.is(rig.lease?.address, '10.0.0.7');
  rig.clock.pass(200);
  t.is(rig.lease, undefined);
  t.is(rig.told.at(-1), 'lost expired');
  t.is(rig.machine.state, 'SELECTING');
  t.is(rig.last.kind, 'discover');
});

test('a machine that slept through its lease gives it up at once', (t) => {
  const rig = new DhcpRig();
  rig.bind({ leaseSeconds: 60, t1: 30, t2: 50 });
  rig.clock.pass(3_600_000);
  t.true(rig.told.includes('lost expired'));
  t.is(rig.lease, undefined);
});

test('a NAK while renewing: the address goes, and a new one is asked for after a moment', (t) => {
  const rig = new DhcpRig();
  rig.bind();
  rig.clock.pass(500_000);
  rig.nak();
  t.deepEqual(rig.told.slice(-2), ['nak wrong network', 'lost nak']);
  t.is(rig.lease, undefined);
  t.is(rig.last.kind, 'request');
  rig.clock.pass(1000);
  t.is(rig.last.kind, 'discover');
});

test('an address somebody has is declined, and ten seconds pass before the next try', (t) => {
  const rig = new DhcpRig();
  rig.machine.start();
  rig.clock.pass(0);
  rig.answer('offer');
  rig.answer('ack');
  rig.machine.probed('10.0.0.7', true);
  t.like(rig.last, { kind: 'decline', requested: '10.0.0.7', server: '10.0.0.1', to: 'broadcast' });
  t.is(rig.last.ciaddr, undefined);
  t.is(rig.lease, undefined);
  rig.clock.pass(9900);
  t.is(rig.last.kind, 'decline');
  rig.clock.pass(100);
  t.is(rig.last.kind, 'discover');
});

test('a conflict found later: the address goes and is declined', (t) => {
  const rig = new DhcpRig();
  rig.bind();
  rig.machine.conflict();
  t.deepEqual(rig.told.slice(-2), ['lost conflict', 'conflict 10.0.0.7']);
  t.is(rig.last.kind, 'decline');
  rig.machine.conflict();
  t.is(rig.told.length, 4, 'without a lease there is nothing to lose');
});

test('at the end the lease is given back to its server, once, and nothing happens after', (t) => {
  const rig = new DhcpRig();
  rig.bind();
  rig.machine.release();
  t.like(rig.last, { kind: 'release', ciaddr: '10.0.0.7', server: '10.0.0.1', to: '10.0.0.1' });
  t.is(rig.told.at(-1), 'lost released');
  const sent = rig.sent.length;
  rig.machine.release();
  rig.clock.pass(5_000_000);
  t.is(rig.sent.length, sent);
});

test('with the cable in again it asks for the address of before; a NAK or silence leads to a new one', (t) => {
  const rig = new DhcpRig();
  rig.bind();
  rig.machine.linkLost();
  t.is(rig.told.at(-1), 'lost no-link');
  rig.clock.pass(5_000_000);
  rig.machine.start('10.0.0.7');
  t.like(rig.last, { kind: 'request', requested: '10.0.0.7', to: 'broadcast' });
  t.is(rig.last.server, undefined);
  rig.answer('ack', { server: '10.0.0.2' });
  t.is(rig.told.at(-1), 'probe 10.0.0.7');

  const refused = new DhcpRig();
  refused.machine.start('10.9.9.9');
  refused.nak('10.0.0.3');
  refused.clock.pass(1000);
  t.is(refused.last.kind, 'discover');

  const silent = new DhcpRig();
  silent.machine.start('10.9.9.9');
  silent.clock.pass(4000);
  t.deepEqual(silent.kinds(), ['request', 'request', 'discover']);
});

test('a lease without end is never renewed', (t) => {
  const rig = new DhcpRig();
  const forEver = Number.POSITIVE_INFINITY;
  rig.bind({ leaseSeconds: forEver, t1: forEver, t2: forEver });
  const sent = rig.sent.length;
  rig.clock.pass(1e12);
  t.is(rig.sent.length, sent);
  t.is(rig.machine.state, 'BOUND');
});

test('another address at renewal is probed like a new one', (t) => {
  const rig = new DhcpRig();
  rig.bind();
  rig.clock.pass(500_000);
  rig.answer('ack', { address: '10.0.0.8' });
  t.deepEqual(rig.told.slice(-2), ['lost nak', 'probe 10.0.0.8']);
  rig.machine.probed('10.0.0.8', false);
  t.is(rig.told.at(-1), 'bound 10.0.0.8');
});

test('clients that start together do not ask at the same moments', (t) => {
  const times = [0.05, 0.95].map((random) => {
    const clock = new VirtualClock();
    const sent: number[] = [];
    const machine = new DhcpMachine({
      clock,
      random: () => random,
      mac: '02:00:00:00:00:01',
      output: {
        send: () => sent.push(clock.now()),
        probe: () => {},
        awaits: () => {},
        bound: () => {},
        lost: () => {},
        report: () => {},
      },
    });
    machine.start();
    clock.pass(15_000);
    return sent;
  });
  t.notDeepEqual(times[0]?.slice(1), times[1]?.slice(1));
});
