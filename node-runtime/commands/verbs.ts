import type { Verb } from '../base/verb.ts';
import { allVerb } from './all.ts';
import { completionVerb } from './completion.ts';
import { consoleVerb } from './console.ts';
import { ctlVerb } from './ctl.ts';
import { eventsVerb } from './events.ts';
import { joinVerb } from './join.ts';
import { contVerb, killVerb, stopVerb } from './kill.ts';
import { keyVerb } from './key.ts';
import { leaveVerb } from './leave.ts';
import { manVerb } from './man.ts';
import { mapVerb } from './map.ts';
import { migrateVerb } from './migrate.ts';
import { monVerb } from './mon.ts';
import { nodesVerb } from './nodes.ts';
import { forgetVerb, reniceVerb, waitVerb } from './one-job.ts';
import { proveVerb } from './prove.ts';
import { psVerb } from './ps.ts';
import { runVerb, shVerb } from './run.ts';
import { showmapVerb } from './showmap.ts';
import { simVerb } from './sim.ts';
import { lockVerb, maskVerb, unlockVerb } from './steer.ts';
import { statusVerb } from './status.ts';
import { topVerb } from './top.ts';
import { tuneVerb } from './tune.ts';

/**
 * Every verb that runs where an agent runs. What one of them alone needs is imported when it runs: on a slow PC a third of the
 * time of each other verb would go into loading it.
 */
export const toolVerbs: readonly Verb[] = [
  runVerb,
  shVerb,
  allVerb,
  psVerb,
  topVerb,
  migrateVerb,
  killVerb,
  stopVerb,
  contVerb,
  reniceVerb,
  waitVerb,
  forgetVerb,
  lockVerb,
  unlockVerb,
  maskVerb,
  ctlVerb,
  tuneVerb,
  nodesVerb,
  monVerb,
  showmapVerb,
  mapVerb,
  statusVerb,
  eventsVerb,
  proveVerb,
  simVerb,
  joinVerb,
  leaveVerb,
  keyVerb,
  consoleVerb,
  completionVerb,
  manVerb,
];
