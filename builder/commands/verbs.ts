import type { Verb } from '#runtime/base/verb.ts';
import { benchVerb, soakVerb } from './bench.ts';
import { bootVerb } from './boot.ts';
import { buildVerb } from './build.ts';
import { checkVerb } from './check.ts';
import { labVerb } from './lab.ts';
import { testVerb } from './test.ts';

/** Every verb of the workstation. */
export const builderVerbs: readonly Verb[] = [buildVerb, bootVerb, labVerb, checkVerb, testVerb, benchVerb, soakVerb];
