import { PlumpError } from '../../base/errors.ts';
import type { PlaceView } from '../../model/job.ts';
import type { NodeView } from '../../model/member.ts';
import { STANDARD_SPEED } from '../../model/speed.ts';
import { membersFor } from '../all.ts';

/** A member as a place for loops. */
export interface Machine {
  readonly name: string;
  readonly overlay: string;
  readonly cpus: number;
  /** Of one CPU; 10 000 = the reference. */
  readonly speed: number;
}

/** What is run where. */
export interface ProvePlan {
  readonly home: Machine;
  /** Living members that take guests, fastest first. */
  readonly others: readonly Machine[];
  /** Loops that home holds alone, that the balancer gets, and that are placed by hand. */
  readonly loops: number;
  /** The members on which they are placed by hand, one for each loop. */
  readonly byHand: readonly Machine[];
  /** What placing by hand would gain if nothing else ran anywhere. */
  readonly expected: number;
  /** Loops for all CPUs of the cluster together. */
  readonly many: number;
}

/** The commands that allow moving by itself, by the knob that forbids it. */
const ALLOWED_BY: Readonly<Record<string, string>> = {
  stay: 'nostay',
  lstay: 'nolstay',
  brought: 'nolstay',
  quiet: 'noquiet',
};
/** Speeds differ by so much as they are measured: that is no other kind of machine. */
const SAME_SPEED = 1.1;

type Row = Pick<NodeView, 'name' | 'overlay' | 'state' | 'self' | 'cpus' | 'speed'>;

/** The cluster as this member sees it. */
export interface ClusterViews {
  readonly nodes: readonly Row[];
  readonly places: readonly PlaceView[];
}

/**
 * As many loops as home has CPUs, and one more for each CPU that others could help with: on two PCs of one CPU each that is the
 * article's experiment.
 * @throws PlumpError PLUMP_REFUSED when nobody could help
 */
export function planOf({ nodes, places }: ClusterViews, perCpu: number): ProvePlan {
  const own = nodes.find(({ self }) => self);
  if (own === undefined) throw new PlumpError('PLUMP_REFUSED', 'this machine is no member yet');
  const home = machineOf(own, STANDARD_SPEED);
  const others = membersFor(nodes, places)
    .filter(({ self }) => !self)
    .map((node) => machineOf(node, home.speed))
    .toSorted((a, b) => b.speed - a.speed);
  if (others.length === 0)
    throw new PlumpError('PLUMP_REFUSED', 'no other member takes guests: held here and balanced would be the same', {
      hint: 'switch on another PC, or let a head take guests: sudo plumpos ctl noblock',
    });
  const help = others.flatMap((one) => Array.from({ length: one.cpus }, () => one)).slice(0, home.cpus);
  const byHand = [...Array.from({ length: home.cpus }, () => home), ...help];
  const slowest = Math.min(...byHand.map(({ speed }) => speed));
  const slower = home.speed / slowest;
  const loops = byHand.length;
  return {
    home,
    others,
    loops,
    byHand,
    expected: loops / home.cpus / (slower > SAME_SPEED ? slower : 1),
    many: perCpu * [home, ...others].reduce((sum, { cpus }) => sum + cpus, 0),
  };
}

/** What moving by itself is forbidden by here, and the command that allows it. @throws PlumpError PLUMP_REFUSED */
export function checkKnobs(settings: Readonly<Record<string, unknown>>): void {
  const [knob, command] = Object.entries(ALLOWED_BY).find(([name]) => settings[name] === true) ?? [];
  if (knob === undefined) return;
  const what = knob === 'brought' ? 'its jobs were brought home, and stay' : `${knob} is set`;
  throw new PlumpError('PLUMP_REFUSED', `nothing moves from this member by itself: ${what}`, {
    hint: `sudo plumpos ctl ${command}`,
  });
}

/**
 * The least time that so many loops could take if they were divided among all CPUs by their speed, and none of them quicker
 * than alone on the fastest (s).
 * @param alone seconds that one takes on a CPU of home
 */
export function idealSeconds(
  { home, others }: Pick<ProvePlan, 'home' | 'others'>,
  loops: number,
  alone: number,
): number {
  const all = [home, ...others];
  const power = all.reduce((sum, { cpus, speed }) => sum + cpus * speed, 0);
  const fastest = Math.max(...all.map(({ speed }) => speed));
  return alone * home.speed * Math.max(loops / power, 1 / fastest);
}

/** What is to be known of the members before the figures are read. */
export function remarksOf({ home, others, byHand, expected }: ProvePlan): string[] {
  const slowest = Math.min(...byHand.map(({ speed }) => speed));
  const remarks: string[] = [];
  const speeds = [home, ...others].map(({ name, speed }) => `${name} ${speed}`).join(', ');
  if (others.some(({ speed }) => ratio(speed, home.speed) > SAME_SPEED))
    remarks.push(`the members are not equally fast (${speeds}): the ceiling can be ${expected.toFixed(2)} at best`);
  if (expected <= 1)
    remarks.push(`${byHand.find(({ speed }) => speed === slowest)?.name} is so slow that moving there gains nothing`);
  if (home.cpus > 1)
    remarks.push(
      `${home.name} has ${home.cpus} CPUs: ${byHand.length} loops, one more for each CPU that others help with`,
    );
  return remarks;
}

/** @param unknown what is taken for its speed where that is not known */
function machineOf({ name, overlay, cpus, speed }: Row, unknown: number): Machine {
  return { name, overlay, cpus: Math.max(1, cpus), speed: speed ?? unknown };
}

function ratio(a: number, b: number): number {
  return Math.max(a / b, b / a);
}
