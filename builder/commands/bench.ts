import { existsSync, globSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { EXIT, PlumpError } from '#runtime/base/errors.ts';
import { defineVerb, type Verb } from '#runtime/base/verb.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** `plumpos bench NAME`: a measurement that prints figures and ratios and asserts nothing. */
export const benchVerb = runnerVerb('bench', 'measure against something else, in one run', 'image');

/** `plumpos soak NAME`: a test too long for every run. */
export const soakVerb = runnerVerb('soak', 'run a test that is too long for every day', 'migrate --count 100');

/** A verb that runs one program of test/FOLDER and ends as it ends. */
function runnerVerb(folder: string, summary: string, example: string): Verb {
  return defineVerb({
    name: folder,
    group: 'On the workstation',
    summary,
    words: 'NAME [OPTIONS OF NAME…]',
    stopAtWord: true,
    examples: [`plumpos ${folder} ${example}`],
    options: {},
    async run({ positionals: [name, ...words], io }) {
      const names = globSync(`test/${folder}/*.ts`, { cwd: root }).map((file) => path.basename(file, '.ts'));
      const file = path.join(root, 'test', folder, `${name}.ts`);
      if (name === undefined || !names.includes(name) || !existsSync(file))
        throw new PlumpError(
          'PLUMP_USAGE',
          name === undefined ? `${folder} what?` : `there is no ${folder} '${name}'`,
          {
            hint: names.length === 0 ? 'there is none yet' : `there are: ${names.toSorted().join(', ')}`,
          },
        );
      const run = await execa(process.execPath, ['--disable-warning=ExperimentalWarning', file, ...words], {
        stdio: 'inherit',
        reject: false,
        cancelSignal: io.signal,
        forceKillAfterDelay: 20_000,
      });
      return run.exitCode ?? EXIT.failed;
    },
  });
}
