import type { Verb } from '../base/verb.ts';

/** Every verb that runs where an agent runs. */
export const toolVerbs: readonly Verb[] = [];
