import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { builderVerbs } from '#builder/commands/verbs.ts';
import { completionScript } from '#runtime/base/completion.ts';
import { toolVerbs } from '#runtime/commands/verbs.ts';
import { OLD_NAMES } from '#runtime/model/old-names.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'plumpos-completion-'));
const evil = path.join(folder, 'evil');
const program = { examples: [], version: '7', commands: ['plumpos', ...OLD_NAMES] };
const script =
  completionScript({ ...program, verbs: builderVerbs }, 'head') +
  completionScript({ ...program, verbs: toolVerbs }, 'tail');

/** A cluster in which somebody has given a member a name that is a command. */
const nodes = JSON.stringify([{ id: 'x', name: 'n1' }, { name: 'n2' }, { name: `$(touch ${evil})` }]);

test.before(() => {
  writeFileSync(path.join(folder, 'plumpos'), `#!/bin/sh\n[ "$*" = 'nodes --json' ] && echo '${nodes}'\n`, {
    mode: 0o755,
  });
  writeFileSync(path.join(folder, 'script'), script);
});
test.after.always(() => rmSync(folder, { recursive: true }));

/** What bash offers for the last of these words, typed after what `complete` says of the first; as bash splits a line, '=' is a word. */
function offered(line: string): string[] {
  // bash-completion, too, reads such a file inside a function.
  const ask = `set -u; load() { source "$0"; }; load; complete -p "\${1##*/}" >/dev/null
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _plumpos "$1"; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const out = execFileSync('bash', ['--norc', '-c', ask, path.join(folder, 'script'), ...line.split(' ')], {
    encoding: 'utf8',
    env: { PATH: `${folder}:${process.env['PATH'] ?? ''}` },
  });
  return out.split('\n').filter((word) => word !== '');
}

test('bash completes verbs of both programs, verbs of verbs, and options', (t) => {
  t.deepEqual(offered('plumpos la'), ['lab']);
  t.deepEqual(offered('./plumpos mig'), ['migrate']);
  t.deepEqual(
    offered('plumpos lab '),
    builderVerbs.find(({ name }) => name === 'lab')?.verbs?.map(({ name }) => name),
  );
  t.deepEqual(offered('plumpos lab add --n'), ['--no-join']);
  t.deepEqual(offered('plumpos install --comp'), ['--compress']);
  t.true(offered('plumpos nodes --').includes('--json'));
});

test('bash completes the values of options and words, each at its place', (t) => {
  t.deepEqual(offered('plumpos build --compress '), ['zstd', 'xz']);
  t.deepEqual(offered('plumpos build --compress = x'), ['xz']);
  t.deepEqual(offered('plumpos build --compress ='), ['zstd', 'xz']);
  t.deepEqual(offered('plumpos build --compress zstd --ou'), ['--out']);
  t.deepEqual(offered('plumpos lab up --head --fir'), ['--firmware'], 'a value that may be left out comes with = only');
  t.deepEqual(offered('plumpos key '), ['show', 'new']);
  t.deepEqual(offered('plumpos test lint u'), ['unit']);
  t.deepEqual(offered('plumpos migrate '), []);
  t.deepEqual(offered('plumpos build nonsense --unknown '), []);
});

test('bash completes members, and takes no command from one of their names', (t) => {
  t.deepEqual(offered('plumpos migrate 4711 '), ['n1', 'n2', 'home', 'best']);
  t.deepEqual(offered('plumpos nodes n1 n'), ['n1', 'n2']);
  t.deepEqual(offered('plumpos run --on n'), ['n1', 'n2']);
  t.deepEqual(offered('plumpos run --on n1,n'), ['n1,n1', 'n1,n2']);
  t.false(existsSync(evil));
});

test('bash completes by the old names, too', (t) => {
  t.deepEqual(offered('runon n'), ['n1', 'n2']);
  t.deepEqual(offered('mosrun n'), ['n1', 'n2']);
  t.deepEqual(offered('migrate 4711 h'), ['home']);
  t.deepEqual(offered('mosctl no'), ['noblock', 'nostay', 'nolstay', 'noquiet']);
  t.deepEqual(offered('setpe --w'), ['--write']);
  for (const name of OLD_NAMES) t.true(offered(`${name} --`).includes('--help'), name);
});

test('behind the program that is run its own options follow', (t) => {
  t.true(offered('plumpos run bas').includes('bash'));
  t.true(offered('runon n1 bas').includes('bash'));
  t.true(offered('plumpos lab exec n1 -- bas').includes('bash'));
  for (const line of ['plumpos run bash --', 'plumpos run -- bash --', 'plumpos lab exec n1 -- bash --'])
    t.deepEqual(offered(line), [], line);
  t.deepEqual(offered('plumpos lab exec --ti'), ['--timeout']);
});
