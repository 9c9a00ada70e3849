import test from 'ava';
import { shortestSuspicionMs, suspicionMs } from '#runtime/core/membership/suspicion.ts';
import { LAN } from '#runtime/core/membership/settings.ts';
import { MemberRoom, memberEntry, type Simulated } from '../../helpers/member-room.ts';

/** A settled cluster. */
function cluster(seed: number, size: number): MemberRoom {
  const room = new MemberRoom(seed);
  room.fill(size);
  room.until(() => room.allSee('alive'), 60);
  room.clock.pass(5000);
  return room;
}

const types = (member: Simulated, of: Simulated) =>
  member.events.filter((event) => event.entry.id === of.entry.id).map((event) => event.type);

test('three members that were announced to each other are one cluster', (t) => {
  const room = new MemberRoom(1);
  room.fill(3, 1);
  t.true(room.until(() => room.allSee('alive'), 10) <= 3);
  t.deepEqual(
    room
      .at(0)
      .membership.views()
      .map((view) => view.self),
    [true, false, false],
  );
});

test('a pulled power cord is noticed within 6 to 10 seconds, and nobody else is called dead', (t) => {
  const all: number[] = [];
  for (const size of [2, 3, 4, 5, 8, 14]) {
    for (let seed = 1; seed <= 20; seed++) {
      const room = cluster(seed, size);
      room.at(1).on = false;
      const periods = room.until(() => room.allSee('dead', room.running(), [room.at(1)]), 40);
      all.push(periods);
      t.deepEqual(room.wronglyDead(), []);
    }
  }
  all.sort((a, b) => a - b);
  t.log(`periods until everybody knows: median ${all[all.length >> 1]}, most ${all.at(-1)}`);
  t.true((all[0] ?? 0) >= 5 && (all[all.length >> 1] ?? 99) <= 9 && (all.at(-1) ?? 99) <= 14, String(all));
});

test('who leaves has left at once for everybody, is not called dead, and comes back when it wants to', (t) => {
  const room = cluster(3, 5);
  const leaver = room.at(2);
  leaver.membership.leave();
  room.clock.pass(10);
  const others = room.members.filter((member) => member !== leaver);
  t.true(room.allSee('left', others, [leaver]));
  room.clock.pass(60_000);
  t.true(room.allSee('left', others, [leaver]));
  t.deepEqual(leaver.membership.views()[0]?.state, 'left');
  leaver.membership.rejoin();
  t.true(room.until(() => room.allSee('alive'), 10) <= 3);
});

test('200 members find each other, lose nobody with 5 % loss, and see ten deaths', (t) => {
  const room = new MemberRoom(7);
  room.loss = 0.05;
  room.fill(200);
  const together = room.until(() => room.allSee('alive'), 60);
  const sent = room.datagrams;
  room.clock.pass(60_000);
  t.deepEqual(room.wronglyDead(), []);
  t.log(
    `converged in ${together} periods; idle: ${((room.datagrams - sent) / 200 / 60).toFixed(1)} datagrams a second each`,
  );
  t.true(together <= 30);
  const dead = room.members.slice(0, 10);
  for (const member of dead) member.on = false;
  const buried = room.until(() => room.allSee('dead', room.running(), dead), 60);
  t.log(`ten deaths known to all in ${buried} periods`);
  t.true(buried <= 40);
  t.deepEqual(room.wronglyDead(), []);
});

test('members starved of CPU, with timers and datagrams seconds late, are not called dead', (t) => {
  const room = new MemberRoom(11);
  room.fill(200);
  room.until(() => room.allSee('alive'), 60);
  for (const member of room.members.slice(0, 40)) starve(room, member, 3000);
  room.clock.pass(45_000);
  t.deepEqual(room.wronglyDead(), []);
});

test('in a small cluster where every member is starved nobody is called dead, and a real death is still seen', (t) => {
  for (let seed = 1; seed <= 10; seed++) {
    const room = cluster(seed, 4);
    for (const member of room.members) starve(room, member, 2500);
    room.clock.pass(60_000);
    t.deepEqual(room.wronglyDead(), [], `seed ${seed}`);
    room.at(0).on = false;
    t.true(room.until(() => room.allSee('dead', room.running(), [room.at(0)]), 120) <= 90);
    t.deepEqual(room.wronglyDead(), [], `seed ${seed}`);
  }
});

/** Comes to a standstill for up to `most` milliseconds, runs a little, stands still again. */
function starve(room: MemberRoom, member: Simulated, most: number): void {
  let until = 0;
  const next = () => {
    until = room.clock.now() + room.random() * most;
    room.clock.after(until - room.clock.now() + 50 + room.random() * 500, next);
  };
  next();
  member.stall = () => Math.max(0, until - room.clock.now());
}

test('a machine that slept through everything calls nobody dead when it wakes', (t) => {
  const room = cluster(5, 5);
  const sleeper = room.at(4);
  const wake = room.clock.now() + 25_000;
  sleeper.stall = () => Math.max(0, wake - room.clock.now());
  room.clock.pass(24_000);
  t.true(room.allSee('dead', room.members.slice(0, 4), [sleeper]));
  room.until(() => room.allSee('alive'), 30);
  t.deepEqual(
    types(sleeper, room.at(0)).filter((type) => type === 'dead'),
    [],
  );
});

test('a cut network calls the other side dead and heals both ways by itself', (t) => {
  for (const [size, half] of [
    [4, 1],
    [4, 2],
    [200, 100],
  ] as const) {
    const room = cluster(13, size);
    const left = new Set(room.members.slice(0, half));
    room.passes = (from, to) => left.has(from) === left.has(to);
    const [one, two] = [[...left], room.members.slice(half)];
    room.until(() => room.allSee('dead', one, two) && room.allSee('dead', two, one), 240);
    t.true(room.allSee('alive', one) && room.allSee('alive', two), 'each side stays together');
    room.clock.pass(60_000);
    room.passes = () => true;
    const healed = room.until(() => room.allSee('alive'), 60);
    t.log(`${size} members: whole again ${healed} periods after the cut was mended`);
    t.true(healed <= 30);
  }
});

test('a cut between two members only is no death: the others vouch for them', (t) => {
  const room = cluster(17, 4);
  const pair = new Set([room.at(0), room.at(1)]);
  room.passes = (from, to) => !(pair.has(from) && pair.has(to));
  room.clock.pass(60_000);
  t.true(room.allSee('alive'));
  t.deepEqual(room.wronglyDead(), []);
});

test('an agent restarted with the same key is the same member, without a death', (t) => {
  const room = cluster(19, 3);
  const before = room.at(1);
  before.membership.change({ name: 'renamed' });
  room.clock.pass(3000);
  before.on = false;
  before.membership[Symbol.dispose]();
  room.members.splice(1, 1);
  const after = room.add(memberEntry(1));
  room.introduce(after, room.at(0));
  room.until(
    () =>
      room.allSee('alive') &&
      room
        .at(0)
        .membership.views()
        .some((view) => view.name === 'm1'),
    10,
  );
  t.is(room.at(0).membership.views().length, 3);
  t.deepEqual(room.wronglyDead(), []);
});

test('a machine that rebooted has one entry: the one under its old key goes', (t) => {
  const room = cluster(23, 4);
  const old = room.at(2);
  old.on = false;
  const reborn = room.add(memberEntry(50, { macs: old.entry.macs, booted: old.entry.booted + 1000 }));
  room.introduce(reborn, room.at(0));
  const periods = room.until(() => room.running().every((member) => member.membership.views().length === 4), 30);
  t.true(periods <= 8, `${periods} periods`);
  t.true(room.allSee('alive'));
  t.true(types(room.at(0), old).includes('replaced'));
});

test('two machines with the same MAC or the same address both stay, and it is told', (t) => {
  const room = cluster(29, 3);
  const clone = room.add(memberEntry(60, { macs: room.at(0).entry.macs }));
  const thief = room.add(memberEntry(61, { endpoints: room.at(1).entry.endpoints }));
  room.introduce(clone, room.at(0));
  room.introduce(thief, room.at(1));
  room.clock.pass(20_000);
  t.true(room.allSee('alive'));
  t.deepEqual(room.wronglyDead(), []);
  const told = room.at(2).events.flatMap((event) => (event.type === 'twice' ? [`${event.what} ${event.value}`] : []));
  t.deepEqual(told.sort(), ['address 10.0.0.1', 'mac 52:54:00:00:00:00']);
});

test('two members with one number: the older boot keeps it, the other takes the next free one', (t) => {
  const room = new MemberRoom(31);
  for (let i = 0; i < 4; i++) room.add(memberEntry(i, { number: 0x0adc }));
  for (const member of room.members) room.introduce(member, room.at(0));
  room.until(() => room.allSee('alive'), 20);
  room.clock.pass(10_000);
  for (const member of room.members) {
    const numbers = member.membership.views().map((view) => [view.name, view.number] as const);
    t.is(new Map(numbers).get('m0'), 0x0adc);
    t.is(new Set(numbers.map(([, number]) => number)).size, 4);
  }
});

test('a member of another protocol is listed as incompatible with its image, and never used', (t) => {
  const room = cluster(37, 3);
  const here = room.at(0);
  const alien = memberEntry(70);
  here.membership.foreign(alien.overlay, 9, 'other');
  t.is(here.membership.views().length, 3, 'nobody we ever heard of');
  here.membership.meet({ id: alien.id, overlay: alien.overlay });
  here.membership.foreign(alien.overlay, 9, 'other');
  const view = here.membership.views().find((one) => one.id === alien.id);
  t.like(view, { state: 'incompatible', protocol: 9, image: 'other' });
  here.membership.receive(room.at(1).entry.overlay, { kind: 'gossip' }, [
    { id: memberEntry(71).id, state: 'alive', incarnation: 1, by: '', entry: memberEntry(71, { protocol: 2 }) },
  ]);
  t.is(room.sees(here, { ...here, entry: memberEntry(71) }), 'incompatible');
  room.clock.pass(120_000);
  t.is(here.membership.views().length, 3, 'silent for long: no longer listed');
});

test('what a member says anew of itself reaches everybody', (t) => {
  const room = cluster(41, 50);
  room.at(9).membership.change({ endpoints: [{ address: '10.9.9.9', port: 51820, prefix: 24 }], role: 'server' });
  const knows = (member: Simulated) => member.membership.views().some((view) => view.addresses[0] === '10.9.9.9');
  t.true(room.until(() => room.members.every(knows), 20) <= 6);
});

test('garbage about members nobody knows leaves no trace, and hints are bounded', (t) => {
  const room = cluster(43, 3);
  const here = room.at(0);
  for (let i = 0; i < 5000; i++) {
    here.membership.meet({ id: memberEntry(1000 + i).id, overlay: `fd00::f:${i.toString(16)}` });
    here.membership.receive('fd00::bad', { kind: 'ack', seq: i }, [
      { id: memberEntry(9000 + i).id, state: 'dead', incarnation: 9, by: 'x' },
    ]);
  }
  const sent = room.datagrams;
  room.clock.pass(10_000);
  t.is(here.membership.views().length, 3);
  t.true(room.datagrams - sent < 10 * 40, 'knocking at unknown doors is limited');
});

test('the lengths of suspicion follow the formulas', (t) => {
  t.is(suspicionMs(0, 2, 5000, 20_000), 20_000);
  t.is(suspicionMs(2, 2, 5000, 20_000), 5000);
  t.is(suspicionMs(0, 0, 5000, 20_000), 5000);
  t.true(suspicionMs(1, 2, 5000, 20_000) < 12_000);
  t.is(shortestSuspicionMs(LAN, 4), 5000);
  t.is(shortestSuspicionMs(LAN, 1000), 15_000);
});
