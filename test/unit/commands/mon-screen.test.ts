import { EventEmitter } from 'node:events';
import test from 'ava';
import { watchMembers } from '#runtime/commands/mon-screen.ts';
import type { ClusterEvent } from '#runtime/model/event.ts';
import type { NodeView } from '#runtime/model/member.ts';

/** A terminal in memory, of whatever size. */
function fakeTerminal(columns: number, rows: number) {
  const raw: boolean[] = [];
  let written = '';
  const stdin = Object.assign(new EventEmitter(), {
    isTTY: true as const,
    setRawMode: (on: boolean) => raw.push(on),
    resume() {},
    pause() {},
  });
  const stdout = Object.assign(new EventEmitter(), {
    columns,
    rows,
    write: (text: string) => {
      written += text;
      return true;
    },
  });
  const since = () => {
    const text = written;
    written = '';
    return text;
  };
  return { terminal: { stdin, stdout } as never, raw, stdin, stdout, since };
}

const NODES = [{ name: 'n1', number: 1, state: 'alive', self: true, cpus: 1, load: 100, freeMB: 1, memoryMB: 2 }];
const MOVED = { seq: 1, time: '2026-11-28T12:00:00Z', type: 'job.moved', text: 'job 7 moved', fields: {} };

/** Starts the picture; `more` events and members can be given to it. */
function watch(columns = 60, rows = 12) {
  const fake = fakeTerminal(columns, rows);
  const stop = new AbortController();
  const agent = {
    nodes: async () => NODES as unknown as NodeView[],
    async *follow(_after: number, signal: AbortSignal): AsyncGenerator<ClusterEvent> {
      yield { ...MOVED, type: 'nic.bound', text: 'a card' };
      yield MOVED;
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    },
  };
  const view = { kind: 'load', dead: true, totals: false, from: 0 } as const;
  const done = watchMembers({ agent, view, everyMs: 20, signal: stop.signal, terminal: fake.terminal });
  return { ...fake, stop, agent, done };
}

async function until(met: () => boolean): Promise<void> {
  while (!met()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test('the picture has a screen of its own, shows moves as they happen, and the terminal is as before once q is typed', async (t) => {
  const { done, stdin, raw, since } = watch();
  let text = '';
  await until(() => (text += since()).includes('job 7 moved'));
  t.true(text.startsWith('\u001b[?1049h\u001b[?25l\u001b[H\u001b[KLoad (100'));
  t.notRegex(text, /a card/);
  stdin.emit('data', Buffer.from('m'));
  t.regex(since(), /Memory used/);
  stdin.emit('data', Buffer.from('q'));
  await done;
  t.true(since().endsWith('\u001b[?25h\u001b[?1049l'));
  t.deepEqual(raw, [true, false]);
  t.is(stdin.listenerCount('data'), 0);
});

test('nothing is written while nothing changes, and everything when the window does', async (t) => {
  const { done, stdin, stdout, since } = watch();
  let text = '';
  await until(() => (text += since()).includes('job 7 moved'));
  await new Promise((resolve) => setTimeout(resolve, 100));
  t.is(since(), '');
  Object.assign(stdout, { columns: 30, rows: 3 });
  stdout.emit('resize');
  const drawn = since();
  t.is(drawn.split('\r\n').length, 3);
  t.true(drawn.startsWith('\u001b[H\u001b[KLoad (100: one job per standar\r\n'), drawn);
  stdin.emit('data', Buffer.from('\u0003'));
  await done;
});

test('a signal ends it, and so does a key while the agent does not answer; a lost agent is told of', async (t) => {
  const first = watch();
  await until(() => first.since() !== '');
  first.stop.abort();
  await first.done;
  t.true(first.since().endsWith('\u001b[?1049l'));

  const second = watch(80);
  await until(() => second.since() !== '');
  second.agent.nodes = () => Promise.reject(new Error('no agent runs here'));
  let text = '';
  await until(() => (text += second.since()).includes('no agent runs here'));
  second.agent.nodes = () => new Promise(() => {});
  await new Promise((resolve) => setTimeout(resolve, 50));
  second.stdin.emit('data', Buffer.from('q'));
  await second.done;
  t.pass();
});
