import type { Verb } from '#runtime/base/verb.ts';

/** Every verb of the workstation. */
export const builderVerbs: readonly Verb[] = [];
