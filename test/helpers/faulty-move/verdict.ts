import type { Trial } from './trial.ts';

/** What was seen of a job, from outside. */
export interface Outcome {
  /** Of its deputy; missing: gone with its home. */
  readonly status: number | undefined;
  readonly stderr: string;
  /** Numbers that it counted, as they came to its output and its file. */
  readonly printed: readonly number[];
  readonly written: readonly number[];
  /** Did it count on when all was good again? */
  readonly ranOn: boolean;
  /** Numbers that came to its file when its deputy had ended. */
  readonly late: number;
  /** Did the move succeed? Missing: there was none, or nobody knows. */
  readonly moved: boolean | undefined;
  readonly leftOver: readonly string[];
}

/** One thing that is wrong. */
export interface Wrong {
  readonly kind: 'lost' | 'doubled' | 'left over' | 'moved' | 'hangs' | 'trouble';
  readonly text: string;
}

/** As the job ends when it is told to, and when PlumpOS ends it. */
const OWN_STATUS = 7;
export const LOST_STATUS = 125;

/** Everything that is wrong with how a job fared. */
export function judge({ fate, stays }: Pick<Trial, 'fate' | 'stays'>, outcome: Outcome): readonly Wrong[] {
  const left = outcome.leftOver.map((text): Wrong => ({ kind: 'left over', text }));
  if (fate === 'ends with home') return left;
  const moved: Wrong[] =
    stays && outcome.moved === true ? [{ kind: 'moved', text: 'it was moved, where it must not be' }] : [];
  return [...doubled(outcome), ...lost(fate, outcome), ...moved, ...left];
}

function doubled({ printed, written, late }: Outcome): Wrong[] {
  const texts = [
    ...twice(printed).map((number) => `it printed ${number} twice`),
    ...twice(written).map((number) => `it wrote ${number} twice`),
    ...(late > 0 ? [`${late} numbers came to its file after its end`] : []),
  ];
  return texts.map((text) => ({ kind: 'doubled', text }));
}

function lost(fate: Exclude<Trial['fate'], 'ends with home'>, outcome: Outcome): Wrong[] {
  const { status, stderr, printed, written } = outcome;
  const mayBeWhole = fate === 'whole' || 'mayBeLost' in fate;
  const host = fate === 'whole' ? undefined : 'lost' in fate ? fate.lost : fate.mayBeLost;
  const named = host !== undefined && new RegExp(`\\b${host}\\b`).test(stderr);
  const texts = [...gap('printed', printed), ...gap('wrote', written)];
  if (status === OWN_STATUS && mayBeWhole) {
    if (printed.length !== written.length)
      texts.push(`it printed ${printed.length} and wrote ${written.length} numbers`);
    if (!outcome.ranOn) texts.push('it did not run on');
  } else if (status !== LOST_STATUS || !named) texts.push(`it ended with ${status}: ${stderr.trim()}`);
  return texts.map((text) => ({ kind: 'lost', text }));
}

function twice(numbers: readonly number[]): number[] {
  return [...new Set(numbers.filter((number, at) => numbers.indexOf(number) < at))];
}

/** The first number that is not the next one. */
function gap(did: string, numbers: readonly number[]): string[] {
  const rest = [...new Set(numbers)];
  const at = rest.findIndex((number, index) => number !== index + 1);
  return at < 0 ? [] : [`it ${did} ${rest[at]} instead of ${at + 1}`];
}
