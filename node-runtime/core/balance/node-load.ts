import type { LoadFigures, NodeLoad } from '../../model/load-figures.ts';
import { FIELD, FLAG } from '../../model/load-message.ts';
import { openMosixLoad } from './slowness.ts';

/** The figures in one entry of gossip. */
export function figuresIn(entry: Int32Array): LoadFigures {
  const field = (name: keyof typeof FIELD) => entry[FIELD[name]] as number;
  return {
    work: field('work'),
    speed: field('speed'),
    cpus: field('cpus'),
    freeMB: field('freeMB'),
    blocked: (field('flags') & FLAG.blocked) !== 0,
    pressed: (field('flags') & FLAG.pressed) !== 0,
  };
}

/** Those figures for people and tools. @param ageMs how old they are */
export function nodeLoad(figures: LoadFigures, ageMs: number): NodeLoad {
  const { work, cpus, speed, freeMB, unusedMB, blocked, pressed } = figures;
  return {
    load: Math.round(openMosixLoad({ work, cpus, speed })),
    utilisation: Math.min(100, Math.round(work / cpus)),
    speed,
    freeMB,
    ...(unusedMB === undefined ? {} : { unusedMB }),
    blocked,
    pressed,
    loadAgeMs: Math.max(0, Math.round(ageMs)),
  };
}
