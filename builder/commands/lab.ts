import { PlumpError } from '#runtime/base/errors.ts';
import { defineVerb } from '#runtime/base/verb.ts';
import { addVerb } from './lab/add.ts';
import { consoleVerb } from './lab/console.ts';
import { copyVerb } from './lab/copy.ts';
import { cutVerb, mendVerb } from './lab/cut.ts';
import { downVerb } from './lab/down.ts';
import { execVerb } from './lab/exec.ts';
import { listVerb } from './lab/list.ts';
import { killVerb, offVerb, startVerb } from './lab/power.ts';
import { upVerb } from './lab/up.ts';

/** `plumpos lab`: a room of PCs on this machine. */
export const labVerb = defineVerb({
  name: 'lab',
  group: 'On the workstation',
  summary: 'a room of virtual PCs on one network, to try everything',
  words: 'VERB …',
  details: [
    'Nodes are called n1, n2 …, heads head, head2 …; these are their names in the cluster, too. A room lives in the',
    'background until lab down, or two hours. PLUMPOS_LAB=DIR makes it another room, beside the first one.',
  ].join('\n'),
  examples: ['plumpos lab up 2 --head', 'plumpos lab exec -t head -- su - alice', 'plumpos lab down'],
  options: {},
  verbs: [
    upVerb,
    addVerb,
    listVerb,
    execVerb,
    copyVerb,
    consoleVerb,
    cutVerb,
    mendVerb,
    killVerb,
    offVerb,
    startVerb,
    downVerb,
  ],
  run: async () => {
    throw new PlumpError('PLUMP_USAGE', 'lab what?', { hint: 'plumpos lab --help lists its verbs' });
  },
});
