import { durationText } from '../base/duration.ts';
import { type NodeView, isLiving } from './member.ts';

/** What a bar can be about. */
export const BAR_KINDS = ['load', 'speed', 'memory', 'utilisation'] as const;
export type BarKind = (typeof BAR_KINDS)[number];

/** Room for a picture, in characters. */
export interface PictureSize {
  readonly columns: number;
  readonly rows: number;
}

/** What one member's bar shows. */
interface Bar {
  readonly value: string;
  readonly filled: number;
  /** Up to here what is left is shown, too. */
  readonly most?: number;
}

/** A bar shorter than this says nothing: then the value stands alone. */
const LEAST_BAR = 4;

/**
 * A line a member, by its number: its name, a bar, the value. Characters any screen has, no line longer than there is room for; when not
 * all members fit, the last line says how many more there are.
 * @param from so many members are left out at the beginning
 */
export function loadBars(
  nodes: readonly NodeView[],
  kind: BarKind,
  { columns, rows }: PictureSize,
  from = 0,
): string[] {
  if (rows < 1) return [];
  const all = nodes.toSorted((a, b) => a.number - b.number || (a.name < b.name ? -1 : 1));
  const fits = all.length <= rows;
  const shown = fits ? all : all.slice(from, from + rows - 1);
  const rest = all.length - shown.length;
  const lines = barLines(shown, kind, scaleOf(all, kind), columns);
  return [...lines, ...(rest > 0 ? [`(${rest} more)`] : [])].map((line) => line.slice(0, columns).trimEnd());
}

function barLines(nodes: readonly NodeView[], kind: BarKind, scale: number, columns: number): string[] {
  const rows = nodes.map((node) => ({ label: labelOf(node), bar: barOf(node, kind), words: wordsOf(node) }));
  const longest = Math.max(0, ...rows.map(({ label }) => label.length));
  const name = Math.min(longest, Math.max(LEAST_BAR, Math.floor(columns / 3)));
  const value = Math.max(0, ...rows.map(({ bar }) => bar?.value.length ?? 0));
  const width = columns - name - value - 3;
  return rows.map(({ label, bar, words }) => {
    const start = `${label.slice(0, name).padEnd(name)}  `;
    if (bar === undefined) return start + words;
    if (width < LEAST_BAR) return start + bar.value;
    return `${start}${drawn(bar, scale, width).padEnd(width)} ${bar.value.padStart(value)}`;
  });
}

function drawn({ filled, most = 0 }: Bar, scale: number, width: number): string {
  const cells = (amount: number) => Math.max(0, Math.min(width, Math.round((amount * width) / scale)));
  return '#'.repeat(cells(filled)).padEnd(cells(most), '+');
}

/** What the full width stands for: the same for all members. */
function scaleOf(nodes: readonly NodeView[], kind: BarKind): number {
  const most = (least: number, of: (node: NodeView) => number) => Math.max(least, ...nodes.filter(isLiving).map(of));
  if (kind === 'utilisation') return 100;
  if (kind === 'load') return most(100, ({ load = 0 }) => load);
  return kind === 'speed' ? most(1, ({ speed = 0 }) => speed) : most(1, ({ memoryMB }) => memoryMB);
}

function barOf(node: NodeView, kind: BarKind): Bar | undefined {
  const { load, speed, utilisation, freeMB, memoryMB, cpus } = node;
  if (!isLiving(node)) return undefined;
  if (kind === 'load') return load === undefined ? undefined : { value: String(load), filled: load };
  if (kind === 'utilisation')
    return utilisation === undefined ? undefined : { value: `${utilisation} %`, filled: utilisation };
  if (kind === 'speed')
    return speed === undefined ? undefined : { value: `${speed}${cpus > 1 ? ` x${cpus}` : ''}`, filled: speed };
  if (freeMB === undefined) return undefined;
  const used = Math.max(0, memoryMB - freeMB);
  return { value: `${used}/${memoryMB}`, filled: used, most: memoryMB };
}

/** Where there is no bar. */
function wordsOf(node: NodeView): string {
  if (isLiving(node)) return 'not known yet';
  return node.state === 'incompatible' ? node.state : `${node.state}, silent ${durationText(node.silentMs / 1000)}`;
}

function labelOf({ name, self }: NodeView): string {
  return `${name || '?'}${self ? ' *' : ''}`.replace(/\p{Cc}/gu, ' ');
}
