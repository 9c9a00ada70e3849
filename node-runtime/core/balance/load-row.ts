import { FIELD, FLAG } from '../../model/load-message.ts';
import type { LoadRow } from '../../model/load-view.ts';
import { openMosixLoad } from './slowness.ts';

/** An entry for people. @param at where it stands in the flat list */
export function loadRow(entries: Int32Array, at: number, overlay: string): LoadRow {
  const field = (name: keyof typeof FIELD) => entries[at + FIELD[name]] as number;
  const [work, speed, cpus] = [field('work'), field('speed'), field('cpus')];
  return {
    overlay,
    work,
    speed,
    cpus,
    freeMB: field('freeMB'),
    load: Math.round(openMosixLoad({ work, speed, cpus })),
    utilization: Math.min(100, Math.round(work / cpus)),
    blocked: (field('flags') & FLAG.blocked) !== 0,
    pressed: (field('flags') & FLAG.pressed) !== 0,
    ageMs: field('ageMs'),
  };
}
