import type { Verb } from '#runtime/base/verb.ts';
import { testVerb } from './test.ts';

/** Every verb of the workstation. */
export const builderVerbs: readonly Verb[] = [testVerb];
