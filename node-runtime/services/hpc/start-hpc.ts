import type { Clock } from '../../base/clock.ts';
import { PATHS } from '../../model/paths.ts';
import { closeHpcMount, openHpcMount } from '../../system/hpc-mount.ts';
import type { EventRing } from '../events.ts';
import type { SettingsFile } from '../home/job-settings.ts';
import type { Jobs } from '../home/jobs.ts';
import { Hpc, type HpcDoings } from './hpc.ts';
import { HpcFactsSource } from './hpc-facts.ts';
import type { NodeView } from '../../model/member.ts';

/** What the files show, and what does what is written. */
export interface StartHpcDeps {
  running(): Jobs | undefined;
  nodes(): readonly NodeView[];
  readonly jobs: HpcDoings;
  readonly speed: { view(): { readonly speed: number } };
  readonly settings: SettingsFile;
  readonly events: EventRing;
  readonly clock: Clock;
}

/** openMosix' files on this machine, for the scripts that know them. */
export function startHpc(deps: StartHpcDeps): Hpc {
  const { running, nodes, jobs, speed, settings, events, clock } = deps;
  const facts = new HpcFactsSource({ jobs: running, nodes, settings, speed: () => speed.view().speed, clock });
  return new Hpc({
    folder: PATHS.hpc,
    open: () => openHpcMount(PATHS.hpc),
    close: () => closeHpcMount(PATHS.hpc),
    facts: () => facts.now(),
    doings: jobs,
    publish: (type, text, fields) => events.publish(type, text, fields),
    clock,
  });
}
