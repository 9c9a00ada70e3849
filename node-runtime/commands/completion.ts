import { completionScript } from '../base/completion.ts';
import { EXIT, PlumpError } from '../base/errors.ts';
import { defineVerb } from '../base/verb.ts';

/** `plumpos completion bash`. */
export const completionVerb = defineVerb({
  name: 'completion',
  group: 'Help',
  summary: 'a script by which bash completes verbs, options and members',
  words: 'bash',
  maxWords: 1,
  details: 'A PC that joined has it in /usr/local/share/bash-completion; elsewhere one line of ~/.bashrc is enough.',
  examples: ['source <(plumpos completion bash)'],
  options: {},
  run: async ({ positionals, io, program }) => {
    if (positionals[0] !== 'bash') throw new PlumpError('PLUMP_USAGE', "completion takes 'bash'");
    io.out(completionScript(program));
    return EXIT.done;
  },
});
