import path from 'node:path';
import { EXIT, PlumpError } from '#runtime/base/errors.ts';
import { defineVerb, type Io } from '#runtime/base/verb.ts';
import { attachLab } from '../../lab/control/control-client.ts';
import { copyFrom, copyTo, type StartProgram } from '../../lab/control/copy-file.ts';
import { labFolder } from '../../lab/control/lab-folder.ts';

const LIMIT_SECONDS = 600;

/** `plumpos lab copy`: a file into a machine, or out of it. */
export const copyVerb = defineVerb({
  name: 'copy',
  group: 'Lab',
  summary: 'copy a file into a machine, or out of it',
  words: 'FILE NAME:PATH | NAME:PATH FILE',
  maxWords: 2,
  examples: ['plumpos lab copy ./a.out head:/home/alice', 'plumpos lab copy n1:/run/plumpos/agent.log .'],
  options: { json: { type: 'flag', help: 'what was copied, and its bytes, as one JSON object' } },
  async run({ values, positionals: [from = '', to = ''], io }) {
    const source = remoteOf(from);
    const target = remoteOf(to);
    if (from === '' || to === '' || (source === undefined) === (target === undefined))
      throw new PlumpError('PLUMP_USAGE', 'lab copy takes a file here and a NAME:PATH, in the order of the copy', {
        hint: 'plumpos lab copy ./a.out n1:/tmp; a file here with a colon: ./a:b',
      });
    const bytes = target
      ? await copyTo(starterOn(target.name, io), path.resolve(io.cwd, from), target.path)
      : await copyFrom(starterOn(source?.name ?? '', io), source?.path ?? '', path.resolve(io.cwd, to));
    if (values.json) io.out(`${JSON.stringify({ from, to, bytes })}\n`);
    return EXIT.done;
  },
});

function remoteOf(word: string): { name: string; path: string } | undefined {
  const [, name, file] = /^([a-z][a-z0-9]*):(.+)$/s.exec(word) ?? [];
  return name === undefined || file === undefined ? undefined : { name, path: file };
}

function starterOn(name: string, io: Io): StartProgram {
  return async (argv, onStderr) => {
    const request = { verb: 'exec', name, argv, tty: false, seconds: LIMIT_SECONDS } as const;
    const session = await attachLab(labFolder(io.env), request, onStderr);
    io.signal.addEventListener('abort', () => session.lose(io.signal.reason as Error), { once: true });
    return session;
  };
}
