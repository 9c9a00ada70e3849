import test from 'ava';
import { PlumpError } from '#runtime/base/errors.ts';
import { type OptionTable, parseOptions } from '#runtime/base/options.ts';

const table = {
  memory: { type: 'integer', min: 1, help: 'MB' },
  kernel: { type: 'list', help: 'kernel' },
  firmware: { type: 'choice', choices: ['bios', 'uefi'], default: 'bios', help: 'firmware' },
  json: { type: 'flag', help: 'JSON' },
  head: { type: 'integer', implied: '1', default: 0, help: 'heads' },
  'no-key': { type: 'flag', help: 'without the secret' },
  out: { type: 'string', default: 'final', short: 'o', help: 'folder' },
} as const satisfies OptionTable;

const none = { env: {}, config: {} };

test('flags win over the environment, the environment over the configuration file, that over defaults', (t) => {
  const sources = { env: { PLUMPOS_OUT: 'env', PLUMPOS_JSON: '1' }, config: { out: 'config', memory: 5 } };
  t.is(parseOptions(table, ['--out', 'flag'], sources).values.out, 'flag');
  t.is(parseOptions(table, [], sources).values.out, 'env');
  t.is(parseOptions(table, [], { env: {}, config: { out: 'config' } }).values.out, 'config');
  t.is(parseOptions(table, [], none).values.out, 'final');
  t.is(parseOptions(table, [], sources).values.memory, 5);
  t.true(parseOptions(table, [], sources).values.json);
});

test('an option whose name begins with no- is set by giving it', (t) => {
  t.true(parseOptions(table, ['--no-key'], none).values['no-key']);
  t.false(parseOptions(table, [], none).values['no-key']);
  t.throws(() => parseOptions(table, ['--no-json'], none), { instanceOf: PlumpError });
});

test('lists repeat, choices and numbers are checked, words are kept', (t) => {
  const { values, positionals } = parseOptions(table, ['--kernel', 'a', 'word', '--kernel=b', '-o', 'x'], none);
  t.deepEqual(values.kernel, ['a', 'b']);
  t.deepEqual(positionals, ['word']);
  t.is(values.firmware, 'bios');
  for (const words of [
    ['--memory', 'much'],
    ['--memory', '0'],
    ['--firmware', 'coreboot'],
    ['--nonsense'],
    ['--memory'],
  ]) {
    const error = t.throws(() => parseOptions(table, words, none), { instanceOf: PlumpError }, words.join(' '));
    t.is(error.exitCode, 2);
  }
});

test('a bare option may imply a value; the word behind it is not its', (t) => {
  t.is(parseOptions(table, [], none).values.head, 0);
  t.is(parseOptions(table, ['--head=3'], none).values.head, 3);
  const { values, positionals } = parseOptions(table, ['--head', '2'], none);
  t.deepEqual([values.head, positionals], [1, ['2']]);
  t.deepEqual(parseOptions(table, ['--head', 'ls', '--head'], none, { stopAtWord: true }).positionals, [
    'ls',
    '--head',
  ]);
});

test('a verb that runs another program leaves that program its options', (t) => {
  const stop = { stopAtWord: true };
  t.deepEqual(parseOptions(table, ['--json', 'ls', '--json', '-l'], none, stop).positionals, ['ls', '--json', '-l']);
  t.deepEqual(parseOptions(table, ['--out', 'x', '--', '--json'], none, stop).positionals, ['--json']);
});

test('a switch in the environment is on or off, nothing else', (t) => {
  const at = (text: string) => parseOptions(table, [], { env: { PLUMPOS_JSON: text }, config: {} }).values.json;
  t.deepEqual(['1', 'true', '0', 'false'].map(at), [true, true, false, false]);
  t.throws(() => at('no'), { message: /PLUMPOS_JSON takes 1 or 0, not 'no'/ });
});
