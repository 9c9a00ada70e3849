import { type BarKind, loadBars, type PictureSize } from '../model/load-bars.ts';
import { isLiving, type NodeView } from '../model/member.ts';
import { STANDARD_SPEED } from '../model/speed.ts';

/** What the keys of `plumpos mon` change. */
export interface MonView {
  readonly kind: BarKind;
  /** Members that are dead or have left are shown. */
  readonly dead: boolean;
  readonly totals: boolean;
  /** Members left out at the beginning, where not all fit. */
  readonly from: number;
}

/** What it shows. */
export interface MonData {
  readonly nodes: readonly NodeView[];
  /** A line each, the latest last. */
  readonly moves: readonly string[];
  /** Why what is shown is old. */
  readonly trouble?: string | undefined;
}

const TITLES: Readonly<Record<BarKind, string>> = {
  load: 'Load (100: one job per standard CPU)',
  speed: 'Speed of a CPU (10000: the reference)',
  memory: 'Memory used (#) and free (+), MB',
  utilisation: 'CPU time wanted',
};
const KEYS = 'l load  s speed  m memory  u utilisation  d dead  t totals  q quit';
/** Moves that are shown where there is room, and where members want it. */
const MOST_MOVES = 8;
const LEAST_MOVES = 3;
/** With fewer lines there are members only. */
const ROWS_FOR_KEYS = 4;
const ROWS_FOR_MOVES = 10;

/**
 * The picture of `plumpos mon`: a bar a member, the latest moves, the keys. Exactly `rows` lines, none longer than `columns`; with endless
 * rows as many as there is something to say, and no keys.
 */
export function monPicture(data: MonData, view: MonView, { columns, rows }: PictureSize): string[] {
  const nodes = view.dead ? data.nodes : data.nodes.filter(isLiving);
  const head = [headLine(data, view.kind, columns)];
  const foot = rows >= ROWS_FOR_KEYS && Number.isFinite(rows) ? [KEYS] : [];
  const totals = view.totals && rows >= ROWS_FOR_KEYS ? [totalsLine(nodes)] : [];
  const free = rows - head.length - foot.length - totals.length;
  const moves = moveLines(data.moves, rows, free - nodes.length);
  const bars = loadBars(nodes, view.kind, { columns, rows: free - moves.length }, view.from);
  const empty = Number.isFinite(rows) ? Math.max(0, free - moves.length - bars.length) : 0;
  const lines = [...head, ...bars, ...totals, ...Array<string>(empty).fill(''), ...moves, ...foot];
  return lines.slice(0, rows).map((line) => line.slice(0, columns).trimEnd());
}

/** How many members there are; where lines are too short for that, what is shown. */
function headLine({ nodes, trouble }: MonData, kind: BarKind, columns: number): string {
  const living = nodes.filter(isLiving).length;
  const dead = nodes.filter(({ state }) => state === 'dead').length;
  const count = `${living} member${living === 1 ? '' : 's'}${dead > 0 ? `, ${dead} dead` : ''}`;
  const right = trouble ?? count;
  const gap = columns - TITLES[kind].length - right.length;
  if (gap >= 2) return `${TITLES[kind]}${' '.repeat(gap)}${right}`;
  return trouble ?? TITLES[kind];
}

function totalsLine(nodes: readonly NodeView[]): string {
  const living = nodes.filter(isLiving);
  const sum = (of: (node: NodeView) => number) => living.reduce((all, node) => all + of(node), 0);
  const cpus = sum((node) => node.cpus);
  const standard = sum(({ speed = 0, cpus: own }) => (speed * own) / STANDARD_SPEED);
  const work = sum(({ load = 0, speed = 0, cpus: own }) => (load * speed * own) / STANDARD_SPEED);
  const load = standard > 0 ? Math.round(work / standard) : 0;
  const [free, memory] = [sum(({ freeMB = 0 }) => freeMB), sum(({ memoryMB }) => memoryMB)];
  const parts = [`${cpus} CPUs, worth ${standard.toFixed(1)}`, `load ${load}`, `${free} of ${memory} MB free`];
  return `all: ${living.length} up, ${parts.join(', ')}`;
}

/** After an empty line, so many as there is room beside the members: a few always, in a window of some height. */
function moveLines(moves: readonly string[], rows: number, room: number): string[] {
  if (moves.length === 0 || rows < ROWS_FOR_MOVES) return [];
  const most = Math.min(MOST_MOVES, Math.max(LEAST_MOVES, room - 1));
  return ['', ...moves.slice(-most)].map((line) => line.replace(/\p{Cc}/gu, ' '));
}
