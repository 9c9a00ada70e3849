import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { encodeEthernet, EthernetReader } from '#builder/lab/switch/ethernet-stream.ts';
import { startCapture } from '#builder/lab/switch/capture.ts';
import { openPort } from '#builder/lab/switch/switch-socket.ts';
import { Switch } from '#builder/lab/switch/switch.ts';
import { systemClock } from '#runtime/base/clock.ts';
import { VirtualClock } from '../../../helpers/virtual-clock.ts';

/** A frame between stations called by one number each; 255 is everybody. */
function frame(to: number, from: number, text: string): Buffer {
  const mac = (n: number) => (n === 255 ? Buffer.alloc(6, 255) : Buffer.from([2, 0, 0, 0, 0, n]));
  return Buffer.concat([mac(to), mac(from), Buffer.from([0x88, 0xb5]), Buffer.from(text)]);
}

const textOf = (bytes: Buffer) => bytes.subarray(14).toString();

/** A switch with machines a, b, c (stations 1, 2, 3), each with what it heard. */
function room(random = () => 0.5) {
  const clock = new VirtualClock();
  const ethernet = new Switch({ clock, random });
  const machine = (owner: string) => {
    const heard: string[] = [];
    const sink = { waiting: 0, send: (bytes: Buffer) => void heard.push(textOf(bytes)) };
    return { heard, sink, port: ethernet.plug(owner, sink) };
  };
  const all = { a: machine('a'), b: machine('b'), c: machine('c') };
  const say = (from: 'a' | 'b' | 'c', to: number, text: string) =>
    ethernet.receive(all[from].port, frame(to, 'abc'.indexOf(from) + 1, text));
  return { clock, ethernet, ...all, say };
}

test('a frame to everybody reaches all others; once a station has spoken, frames to it reach it alone', (t) => {
  const { a, b, c, say, ethernet } = room();
  say('a', 255, 'who is there');
  t.deepEqual([a.heard, b.heard, c.heard], [[], ['who is there'], ['who is there']]);
  say('b', 1, 'me');
  t.deepEqual([a.heard, c.heard], [['me'], ['who is there']]);
  say('a', 3, 'unknown goes everywhere');
  t.deepEqual([b.heard.at(-1), c.heard.at(-1)], ['unknown goes everywhere', 'unknown goes everywhere']);
  ethernet.unplug(b.port);
  say('a', 2, 'gone');
  t.is(c.heard.at(-1), 'gone', 'what was learned of a cable pulled out is forgotten');
  t.not(b.heard.at(-1), 'gone');
});

test('a cut cable loses everything both ways and works again when mended', (t) => {
  const { a, b, c, say } = room();
  b.port.faults = { ...b.port.faults, cut: true };
  say('a', 255, 'one');
  say('b', 255, 'two');
  t.deepEqual([a.heard, b.heard, c.heard], [[], [], ['one']]);
  b.port.faults = { ...b.port.faults, cut: false };
  say('b', 255, 'three');
  t.deepEqual([a.heard, c.heard], [['three'], ['one', 'three']]);
});

test('two machines cut from each other still reach the third', (t) => {
  const { a, b, c, say, ethernet } = room();
  ethernet.cutBetween('b', 'a');
  say('a', 255, 'one');
  say('b', 255, 'two');
  say('c', 255, 'three');
  t.deepEqual([a.heard, b.heard, c.heard], [['three'], ['three'], ['one', 'two']]);
  ethernet.mendPairs();
  say('a', 2, 'again');
  t.is(b.heard.at(-1), 'again');
});

test('frames are lost by chance, come late, and a machine that does not read loses them', (t) => {
  const rolls = [0.1, 0.9];
  const { b, c, say, clock } = room(() => rolls.shift() ?? 1);
  b.port.faults = { cut: false, loss: 0.5, delayMs: 0 };
  c.port.faults = { cut: false, loss: 0, delayMs: 20 };
  say('a', 255, 'one');
  say('a', 255, 'two');
  t.deepEqual([b.heard, c.heard], [['two'], []]);
  clock.pass(20);
  t.deepEqual(c.heard, ['one', 'two']);
  Object.assign(b.sink, { waiting: 3e6 });
  say('a', 255, 'three');
  t.deepEqual(b.heard, ['two']);
});

test('frames are found in a stream however it is cut, and an impossible length is told', (t) => {
  const all = Buffer.concat([encodeEthernet(frame(1, 2, 'x'.repeat(1500))), encodeEthernet(frame(3, 4, 'y'))]);
  for (const step of [1, 7, 1000, 5000]) {
    const reader = new EthernetReader();
    const lengths: number[] = [];
    for (let at = 0; at < all.length; at += step)
      for (const one of reader.feed(all.subarray(at, at + step))) lengths.push(one.length);
    t.deepEqual(lengths, [1514, 15]);
  }
  t.throws(() => [...new EthernetReader().feed(Buffer.alloc(8, 255))], { message: /a frame of/ });
});

test('machines plug into sockets, keep their faults over a restart, and a capture shows what was said', async (t) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'plumpos-switch-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const ethernet = new Switch({ clock: systemClock(), random: Math.random });
  await using one = await openPort(ethernet, 'a', path.join(folder, 'a'));
  await using two = await openPort(ethernet, 'b', path.join(folder, 'b'));
  const capture = await startCapture([ethernet], path.join(folder, 'x.pcap'));
  const plugIn = async (file: string) => {
    const socket = net.connect(file);
    await new Promise((resolve) => socket.once('connect', resolve));
    return socket;
  };
  const a = await plugIn(one.path);
  let b = await plugIn(two.path);
  const heard = () =>
    new Promise<string>((resolve) => b.once('data', (data: Buffer) => resolve(textOf(data.subarray(4)))));
  const first = heard();
  a.write(encodeEthernet(frame(255, 1, 'hello')));
  t.is(await first, 'hello');
  two.fault({ cut: true });
  b.destroy();
  b = await plugIn(two.path);
  const next = heard();
  a.write(encodeEthernet(frame(255, 1, 'lost')));
  await new Promise((resolve) => setTimeout(resolve, 100));
  two.fault({ cut: false });
  a.write(encodeEthernet(frame(255, 1, 'back')));
  t.is(await next, 'back');
  await capture[Symbol.asyncDispose]();
  const pcap = readFileSync(path.join(folder, 'x.pcap'));
  t.is(pcap.readUInt32LE(0), 0xa1b2c3d4);
  t.deepEqual(
    ['hello', 'lost', 'back'].map((word) => pcap.includes(word)),
    [true, true, true],
  );
  a.destroy();
  b.destroy();
});
