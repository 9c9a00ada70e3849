import type { Verb } from '../base/verb.ts';
import { VERSION } from '../base/version.ts';
import { consoleVerb } from './console.ts';
import { eventsVerb } from './events.ts';
import { makeJoinVerb } from './join.ts';
import { keyVerb } from './key.ts';
import { leaveVerb } from './leave.ts';
import { mapVerb } from './map.ts';
import { nodesVerb } from './nodes.ts';
import { runVerb, shVerb } from './run.ts';
import { showmapVerb } from './showmap.ts';
import { statusVerb } from './status.ts';

/** Every verb that runs where an agent runs. */
export const toolVerbs: readonly Verb[] = [
  runVerb,
  shVerb,
  nodesVerb,
  showmapVerb,
  mapVerb,
  statusVerb,
  eventsVerb,
  makeJoinVerb(VERSION),
  leaveVerb,
  keyVerb,
  consoleVerb,
];
