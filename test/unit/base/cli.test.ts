import { mkdirSync } from 'node:fs';
import test from 'ava';
import { runProgram } from '#runtime/base/cli.ts';
import { PlumpError } from '#runtime/base/errors.ts';
import { defineVerb, type Io } from '#runtime/base/verb.ts';

function recorder(): { io: Io; out: string[]; err: string[] } {
  const out: string[] = [];
  const err: string[] = [];
  const io: Io = {
    out: (text) => void out.push(text),
    err: (line) => void err.push(line),
    env: {},
    cwd: '/nonexistent',
    interactive: false,
    terminal: false,
    signal: new AbortController().signal,
  };
  return { io, out, err };
}

const greet = defineVerb({
  name: 'greet',
  aliases: ['hello'],
  group: 'Words',
  summary: 'say hello',
  words: 'NAME',
  maxWords: 1,
  examples: ['plumpos greet you'],
  options: { loud: { type: 'flag', help: 'in capitals' } },
  run: async ({ positionals, io, calledAs }) => {
    if (positionals[0] === undefined) throw new PlumpError('PLUMP_USAGE', 'greet whom?', { hint: 'give a name' });
    if (positionals[0] === 'defect') throw new TypeError('oops');
    if (positionals[0] === 'file') mkdirSync(`${import.meta.filename}/folder`);
    io.out(`${calledAs} ${positionals[0]}\n`);
    return 0;
  },
});

const farewell = defineVerb({
  name: 'bye',
  group: 'Words',
  summary: 'say farewell',
  words: 'VERB …',
  options: {},
  verbs: [{ ...greet, name: 'wave', aliases: [], summary: 'wave a hand' }],
  run: async () => {
    throw new PlumpError('PLUMP_USAGE', 'bye how?');
  },
});

const run = async (...argv: string[]) => {
  const { io, out, err } = recorder();
  const status = await runProgram({ verbs: [greet, farewell], examples: ['plumpos greet'], version: '1' }, argv, io);
  return { status, out: out.join(''), err: err.join('\n') };
};

test('a verb runs by its name and by its old name', async (t) => {
  t.deepEqual(await run('greet', 'you'), { status: 0, out: 'greet you\n', err: '' });
  t.is((await run('hello', 'you')).out, 'hello you\n');
});

test('help comes from the table', async (t) => {
  t.regex((await run()).out, /Words:\n {2}greet +say hello/);
  t.regex((await run('greet', '--help')).out, /Usage: plumpos greet \[OPTIONS\] NAME[\s\S]*--loud +in capitals/);
  t.is((await run('--version')).out, 'plumpos 1\n');
});

test('of two programs that follow each other both show their examples', async (t) => {
  t.regex((await run('help', '--head')).out, /^Usage: [\s\S]*\nExamples:\n {2}plumpos greet\n\n$/);
  t.regex((await run('help', '--tail')).out, /^Words:[\s\S]*\nExamples:\n {2}plumpos greet\n\n'plumpos VERB --help'/);
});

test('a verb may have verbs of its own, with their own help and errors', async (t) => {
  t.is((await run('bye', 'wave', 'you')).out, 'bye wave you\n');
  t.regex((await run('bye', '--help')).out, /Usage: plumpos bye VERB …[\s\S]* {2}wave {7}wave a hand/);
  for (const argv of [
    ['bye', 'wave', '--help'],
    ['bye', 'help', 'wave'],
  ])
    t.regex((await run(...argv)).out, /Usage: plumpos bye wave \[OPTIONS\] NAME/);
  t.deepEqual(await run('bye', 'dance'), {
    status: 2,
    out: '',
    err: "plumpos: unknown verb 'bye dance' (PLUMP_USAGE)\n  plumpos bye --help",
  });
  t.is((await run('bye')).status, 2);
});

test('bad input is one error with a hint, exit status 2, and no stack', async (t) => {
  for (const argv of [['dance'], ['greet', '--quietly'], ['greet', 'a', 'b'], ['greet']]) {
    const { status, err, out } = await run(...argv);
    t.is(status, 2, argv.join(' '));
    t.is(out, '');
    t.true(err.split('\n').length <= 2, err);
    t.notRegex(err, / at /);
  }
});

test('a stack is shown when asked for, and a defect says that it is one', async (t) => {
  t.regex((await run('greet', 'defect')).err, /oops[\s\S]*defect of plumpos/);
  t.regex((await run('greet', 'defect', '--debug')).err, /TypeError: oops\n +at /);
});

test('what Linux refuses for a reason of the user is told as such, and is no defect', async (t) => {
  const { status, err } = await run('greet', 'file');
  t.is(status, 78);
  t.regex(
    err,
    /^plumpos: not a directory, mkdir '\S+\/folder' \(PLUMP_INPUT\)\n {2}a file stands where a folder is wanted$/,
  );
});
