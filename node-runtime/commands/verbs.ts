import type { Verb } from '../base/verb.ts';
import { consoleVerb } from './console.ts';
import { eventsVerb } from './events.ts';
import { makeJoinVerb } from './join.ts';
import { keyVerb } from './key.ts';
import { leaveVerb } from './leave.ts';
import { nodesVerb } from './nodes.ts';
import { showmapVerb } from './showmap.ts';
import { statusVerb } from './status.ts';

/** Version of PlumpOS; package.json's, which is not there on a member. */
export const VERSION = '7.0.0-alpha.1';

const lookingVerbs: readonly Verb[] = [nodesVerb, showmapVerb, statusVerb, eventsVerb];

/** Every verb that runs where an agent runs. */
export const toolVerbs: readonly Verb[] = [
  ...lookingVerbs,
  makeJoinVerb(VERSION, lookingVerbs),
  leaveVerb,
  keyVerb,
  consoleVerb,
];
