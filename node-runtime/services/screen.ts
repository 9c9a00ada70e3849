import type { Clock } from '../base/clock.ts';
import { loadBars } from '../model/load-bars.ts';
import { type NodeView, isLiving } from '../model/member.ts';
import { nicStateText } from '../model/nic-text.ts';
import type { Status } from '../model/status.ts';
import { replaceFile } from '../system/replace-file.ts';

const ROWS = 20;
const COLUMNS = 78;
/** Load is told in steps: a room where nothing happens has a screen that is not drawn again. */
const LOAD_STEP = 10;

/** What tty1 shows (rootfs/…/boot/screen adds the keys): this member, and how busy all are. Plain text of at most 20 lines of 78 columns. */
export function screenText(status: Status, nodes: readonly NodeView[]): string {
  const lines = [
    `PlumpOS ${status.version}   image ${status.image}   kernel ${status.kernel}`,
    '',
    `  name      ${status.name}${status.number > 0 ? `   number 0x${status.number.toString(16).padStart(4, '0')}` : ''}`,
    ...addressLines(status),
    `  role      ${status.role}`,
    `  state     ${stateText(status)}`,
    `  members   ${memberText(status, nodes)}`,
    '',
    ...problemLines(status),
  ];
  return `${[...lines, ...loadLines(nodes, ROWS - lines.length)]
    .map((line) => line.slice(0, COLUMNS))
    .slice(0, ROWS)
    .join('\n')}\n`;
}

/** The picture of `plumpos mon`, where there is room for it and any load is known. */
function loadLines(nodes: readonly NodeView[], rows: number): string[] {
  const shown = nodes.filter(({ state }) => state !== 'left').map(coarse);
  if (rows < 2 || !shown.some(({ load }) => load !== undefined)) return [];
  const bars = loadBars(shown, 'load', { columns: COLUMNS - 2, rows: rows - 1 });
  return ['  load      100: one job per standard CPU', ...bars.map((line) => `  ${line}`)];
}

function coarse(node: NodeView): NodeView {
  return node.load === undefined ? node : { ...node, load: Math.round(node.load / LOAD_STEP) * LOAD_STEP };
}

function addressLines({ nics }: Status): string[] {
  const lines = nics.map((nic) => `${nic.address ?? 'none yet'}  (${nic.name}: ${nicStateText(nic)})`);
  const shown = lines.length > 0 ? lines.slice(0, 6) : ['no network card found'];
  return shown.map((line, i) => `  ${(i === 0 ? 'address' : '').padEnd(8)}  ${line}`);
}

function stateText({ phase, hasSecret }: Status): string {
  if (phase === 'joined') return 'joined: in the cluster';
  if (phase === 'left') return "left the cluster ('plumpos join' or a reboot brings it back)";
  if (phase === 'leaving') return 'leaving the cluster';
  return hasSecret ? 'not in the cluster yet' : 'ready, but in no cluster: it has no cluster secret';
}

function memberText({ members }: Status, nodes: readonly NodeView[]): string {
  const names = nodes.filter(isLiving).map(({ name }) => name);
  const shown = names.slice(0, 6).join(' ');
  return `${members}${names.length > 1 ? `: ${shown}${names.length > 6 ? ' …' : ''}` : ''}`;
}

function problemLines({ checks, hasSecret }: Status): string[] {
  const problems = checks.filter((check) => !check.ok && !(check.name === 'key' && !hasSecret));
  const key = hasSecret
    ? []
    : [
        "  No cluster secret. Press j and type the join code ('./plumpos key show' on",
        '  the PC that made this image prints it), or boot with plumpos.join=CODE.',
      ];
  return [...key, ...problems.flatMap((check) => wrap(`  ! ${check.text}`))];
}

function wrap(text: string): string[] {
  const [first = '', rest = ''] = [text.slice(0, COLUMNS), text.slice(COLUMNS)];
  if (rest === '') return [first];
  const cut = first.lastIndexOf(' ');
  return [first.slice(0, cut), `    ${text.slice(cut + 1)}`];
}

/** Loads and ages (how long a member has been silent) change without an event. */
const LOOK_MS = 5000;

/** Keeps the file current; it is written only when its text changes. */
export class Screen implements Disposable {
  readonly #file: string;
  readonly #text: () => string;
  readonly #clock: Clock;
  #shown = '';
  #timer: Disposable | undefined;
  #look: Disposable | undefined;

  constructor(file: string, clock: Clock, text: () => string) {
    this.#file = file;
    this.#clock = clock;
    this.#text = text;
    this.refresh();
  }

  /** Something may have changed: looks again in a moment, once for many calls. */
  refresh(): void {
    this.#timer ??= this.#clock.after(200, () => {
      this.#timer = undefined;
      this.#write();
      this.#look?.[Symbol.dispose]();
      this.#look = this.#clock.after(LOOK_MS, () => this.refresh());
    });
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#look?.[Symbol.dispose]();
    this.#write();
  }

  #write(): void {
    const text = this.#text();
    if (text === this.#shown) return;
    // The screen's shell reads at any time.
    replaceFile(this.#file, text);
    this.#shown = text;
  }
}
