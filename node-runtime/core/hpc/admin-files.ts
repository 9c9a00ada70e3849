import { PlumpError } from '../../base/errors.ts';
import { filesIn, type HpcFile, switchOf, wholeOf } from './hpc-file.ts';

/** How this member is set, as far as the files tell it. */
export interface HpcSettings {
  readonly block?: boolean | undefined;
  readonly stay?: boolean | undefined;
  readonly lstay?: boolean | undefined;
  readonly quiet?: boolean | undefined;
  readonly brought?: boolean | undefined;
  readonly decaySeconds: number;
  readonly slowDecay: number;
  readonly fastDecay: number;
}

/** What a written admin file wants done. */
export type AdminWish =
  | { readonly set: Readonly<Record<string, boolean | number>> }
  | { readonly sweep: 'expel' | 'bring' };

/** What can be set by a number, and its setting. */
const NUMBERS: Readonly<Record<string, 'speed' | 'decaySeconds' | 'slowDecay' | 'fastDecay'>> = {
  speed: 'speed',
  'decay-interval': 'decaySeconds',
  'slow-decay': 'slowDecay',
  'fast-decay': 'fastDecay',
};

/** admin/: openMosix' names. */
export function adminFiles(settings: HpcSettings, speed: number, number: number, version: string): HpcFile[] {
  const bit = (on: boolean | undefined) => Number(on === true);
  const { block, stay, lstay, quiet, brought, decaySeconds, slowDecay, fastDecay } = settings;
  const switches = { block: bit(block), stay: bit(stay), lstay: bit(lstay), quiet: bit(quiet) };
  const doings = { bring: bit(brought), expel: 0 };
  const numbers = { speed, 'decay-interval': decaySeconds, 'slow-decay': slowDecay, 'fast-decay': fastDecay };
  return [
    ...filesIn('admin', { ...switches, ...doings, ...numbers }, 0),
    ...filesIn('admin', { mospe: number, version: `PlumpOS ${version}` }),
  ];
}

/** @throws PlumpError PLUMP_USAGE when the word is none */
export function adminWish(name: string, word: string): AdminWish {
  const number = NUMBERS[name];
  if (number !== undefined) return { set: { [number]: wholeOf(word) } };
  const on = switchOf(word);
  switch (name) {
    case 'block':
    case 'stay':
    case 'quiet':
      return { set: { [name]: on } };
    case 'lstay':
      return { set: on ? { lstay: true } : { lstay: false, brought: false } };
    case 'bring':
      return on ? { sweep: 'bring' } : { set: { brought: false } };
    case 'expel':
      return on ? { sweep: 'expel' } : { set: {} };
    default:
      throw new PlumpError('PLUMP_USAGE', `admin/${name} takes nothing`);
  }
}
