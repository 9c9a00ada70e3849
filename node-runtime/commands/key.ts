import { existsSync } from 'node:fs';
import path from 'node:path';
import { pasteable } from '../base/called.ts';
import { EXIT, PlumpError } from '../base/errors.ts';
import { defineVerb } from '../base/verb.ts';
import { decodeJoinCode, encodeJoinCode, SECRET_BYTES } from '../model/join-code.ts';
import { PATHS } from '../model/paths.ts';
import { readKeyFile, readKeyFileIfThere, writeKeyFile } from '../system/key-file.ts';
import { readNodeConfig } from '../system/node-config-file.ts';

/** `plumpos key`: the cluster secret as a join code. */
export const keyVerb = defineVerb({
  name: 'key',
  group: 'Cluster',
  summary: "the cluster's join code: show it, or make a new one",
  words: 'show|new',
  maxWords: 1,
  details:
    'The key is ./cluster.key, made at the first build; on a member it is the one this member joined with. Whoever has it can join.',
  examples: ['plumpos key show', 'plumpos key new'],
  options: {
    file: { type: 'string', value: 'FILE', help: 'the key file (default: ./cluster.key)' },
    json: { type: 'flag', help: 'the code, or what was done, as one JSON object' },
  },
  run: async ({ values, positionals, io }) => {
    const given = values.file === undefined ? undefined : path.resolve(io.cwd, values.file);
    const here = path.join(io.cwd, 'cluster.key');
    if (positionals[0] === 'show') {
      const code = encodeJoinCode(findKey(given, here));
      io.out(values.json ? `${JSON.stringify({ code })}\n` : `${code}\n`);
      return EXIT.done;
    }
    if (positionals[0] === 'new') {
      const file = given ?? here;
      const made = { file, replaced: makeKey(file, (line) => io.err(pasteable(line, io.env))) };
      if (values.json) io.out(`${JSON.stringify(made)}\n`);
      return EXIT.done;
    }
    throw new PlumpError('PLUMP_USAGE', "key takes 'show' or 'new'");
  },
});

function findKey(given: string | undefined, here: string): Uint8Array {
  if (given !== undefined) return readKeyFile(given);
  const found =
    readKeyFileIfThere(here) ??
    readKeyFileIfThere(path.join(PATHS.headState, 'secret')) ??
    readKeyFileIfThere(path.join(PATHS.run, 'secret')) ??
    ofNode();
  if (found !== undefined) return found;
  throw new PlumpError('PLUMP_KEY', `there is no key: neither ${here} nor a cluster this machine joined`, {
    hint: "'plumpos build' makes one at its first run, 'plumpos key new' does so now; --file FILE names another one",
  });
}

/** The key a node was booted with. */
function ofNode(): Uint8Array | undefined {
  if (!existsSync(PATHS.nodeConfig)) return undefined;
  const { join } = readNodeConfig(PATHS.nodeConfig);
  return join === undefined ? undefined : decodeJoinCode(join);
}

/** @returns whether another key was there before. */
function makeKey(file: string, say: (line: string) => void): boolean {
  const replaced = readKeyFileIfThere(file) !== undefined;
  writeKeyFile(file, crypto.getRandomValues(new Uint8Array(SECRET_BYTES)));
  say(`${file}: ${replaced ? 'replaced' : 'made'}. 'plumpos build' puts it on the medium.`);
  if (replaced)
    say('Members of the cluster with the old key stay there; boot them from the new medium to bring them along.');
  return replaced;
}
