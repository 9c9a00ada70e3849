import type { Verb } from '../base/verb.ts';
import { VERSION } from '../base/version.ts';
import { consoleVerb } from './console.ts';
import { eventsVerb } from './events.ts';
import { makeJoinVerb } from './join.ts';
import { keyVerb } from './key.ts';
import { leaveVerb } from './leave.ts';
import { nodesVerb } from './nodes.ts';
import { showmapVerb } from './showmap.ts';
import { statusVerb } from './status.ts';

const lookingVerbs: readonly Verb[] = [nodesVerb, showmapVerb, statusVerb, eventsVerb];

/** Every verb that runs where an agent runs. */
export const toolVerbs: readonly Verb[] = [
  ...lookingVerbs,
  makeJoinVerb(VERSION, lookingVerbs),
  leaveVerb,
  keyVerb,
  consoleVerb,
];
