import test from 'ava';
import { PlumpError } from '#runtime/base/errors.ts';
import { linesOfJson } from '#runtime/simulator/json-lines.ts';
import { readScenario } from '#runtime/simulator/scenario-file.ts';

const read = (lines: readonly string[]) => readScenario(lines.join('\n'), 'room.json');

function complaint(lines: readonly string[]): string {
  try {
    read(lines);
  } catch (error) {
    if (error instanceof PlumpError && error.code === 'PLUMP_INPUT') return error.message;
    throw error;
  }
  return 'none';
}

const MEMBERS = '  "members": [{ "count": 3 }],';

test('a scenario file says what differs from the usual', (t) => {
  const scenario = read(['{', MEMBERS, '  "jobs": [{ "count": 5, "cpuS": [1, 2], "fromS": 4 }],', '  "seconds": 9 }']);
  t.deepEqual(scenario.members, [{ count: 3, cpus: 1, speed: 10_000, memoryMB: 4096 }]);
  t.like(scenario.jobs[0], { count: 5, home: 1, fromS: 4, toS: 4, placed: false });
  t.is(scenario.seconds, 9);
});

const WRONG: readonly (readonly [string, readonly string[], RegExp])[] = [
  [
    'an unknown field',
    ['{', MEMBERS, '  "jobs": [', '    { "cuont": 5 }]}'],
    /^room\.json:4: jobs\[0\]: 'cuont' is not known/,
  ],
  ['a bad value', ['{', MEMBERS, '  "jobs": [{', '    "count": 0 }]}'], /^room\.json:4: jobs\[0\]\.count must be/],
  [
    'speed 0',
    ['{', '  "members": [{', '    "speed": 0 }],', '  "jobs": [] }'],
    /^room\.json:3: members\[0\]\.speed must be/,
  ],
  ['a missing field', ['{', MEMBERS, '  "seconds": 5 }'], /^room\.json:1: jobs must be/],
  [
    'a member that is not there',
    ['{', MEMBERS, '  "jobs": [{ "home": 4 }] }'],
    /^room\.json:3: jobs\[0\]\.home: there is no member 4/,
  ],
  [
    'an end before its start',
    ['{', MEMBERS, '  "jobs": [{ "fromS": 4,', '  "toS": 2 }] }'],
    /^room\.json:4: jobs\[0\]\.toS: before/,
  ],
  ['no members', ['{ "members": [],', '"jobs": [] }'], /^room\.json:1: members: there are none/],
  ['text that is no JSON', ['{', MEMBERS, '  "jobs": ,', '  "seconds": 5 }'], /^room\.json:3: no JSON/],
  ['a file that breaks off', ['{', MEMBERS, '  "jobs": ['], /^room\.json:3: no JSON/],
];

for (const [name, lines, message] of WRONG)
  test(`${name} in a scenario file is named with its line`, (t) => {
    t.regex(complaint(lines), message);
  });

test('lines are found behind strings that look like JSON', (t) => {
  const lines = linesOfJson('{"a": "x: {\\"[,",\n"b": [1,\n{"c": null}]}');
  t.deepEqual(
    [...lines].filter(([path]) => path !== ''),
    [
      ['a', 1],
      ['b', 2],
      ['b[0]', 2],
      ['b[1]', 3],
      ['b[1].c', 3],
    ],
  );
});
