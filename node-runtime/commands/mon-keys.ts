import { BAR_KINDS, type BarKind } from '../model/load-bars.ts';
import type { MonView } from './mon-picture.ts';

const CTRL_C = '\u0003';

/** The view after a key, `quit`, or the same view where the key means nothing. @param members that can be shown */
export function afterKey(view: MonView, key: string, members: number): MonView | 'quit' {
  const kind = KINDS[key];
  if (kind !== undefined) return { ...view, kind };
  if (key === 'q' || key === 'Q' || key === CTRL_C) return 'quit';
  if (key === 'd') return { ...view, dead: !view.dead, from: 0 };
  if (key === 't') return { ...view, totals: !view.totals };
  if (key === 'up') return { ...view, from: Math.max(0, view.from - 1) };
  if (key === 'down') return { ...view, from: Math.min(Math.max(0, members - 1), view.from + 1) };
  return view;
}

/** mosmon's: l, s, m, u. */
const KINDS: Readonly<Record<string, BarKind>> = Object.fromEntries(BAR_KINDS.map((kind) => [kind.charAt(0), kind]));
