import { EXIT } from '../base/errors.ts';
import { manPage } from '../base/man-page.ts';
import { defineVerb } from '../base/verb.ts';

/** `plumpos man`: plumpos(1). */
export const manVerb = defineVerb({
  name: 'man',
  group: 'Help',
  summary: 'the manual page, as man reads it: all verbs on one page',
  details: "A PC that joined has it: 'man plumpos'.",
  examples: ['plumpos man | man -l -'],
  options: {},
  run: async ({ io, program }) => {
    io.out(manPage(program));
    return EXIT.done;
  },
});
