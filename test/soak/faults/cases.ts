import {
  type Blow,
  type Fate,
  type Machine,
  MACHINES,
  type Place,
  type Trial,
} from '../../helpers/faulty-move/trial.ts';
import { seededRandom } from '#runtime/base/seeded-random.ts';

/** One line of the soak: `PHASE: FAULT`. */
export interface Case extends Trial {
  readonly name: string;
}

/** Who does what in the move from n1 to n2 of a job with a lock, in their order; home's decision comes after `prepared`. */
const STEPS: readonly (readonly [string, Machine])[] = [
  ['reserve', 'n2'],
  ['quiet', 'n1'],
  ['dump', 'n1'],
  ['receiveMemory', 'n2'],
  ['send', 'n1'],
  ['receive', 'n2'],
  ['restore', 'n2'],
  ['unlock', 'n1'],
  ['prepared', 'n2'],
  ['discard', 'n1'],
  ['go', 'n2'],
];
const DECIDED = ['discard', 'go'];
/** Of a move that is given up when the target shall be prepared: its copy goes, the source goes on. */
const ABORT: readonly (readonly [string, Machine])[] = [
  ['discard', 'n2'],
  ['resume', 'n1'],
];
const GIVEN_UP: Place = { machine: 'n2', operation: 'host.prepared' };
/** Where it matters on which side of its own record home's agent stands. */
const AT_HOME = ['home.reserve', 'home.prepared.done', 'home.discard', 'home.go', 'home.go.done'];
const PAIRS = [
  ['n1', 'n2'],
  ['head', 'n1'],
  ['head', 'n2'],
] as const;

const CUT_SECONDS = 20;
const FULL_SECONDS = 30;
/** No cut of these is as long. */
const PATIENT = '--lost-ttl 20m';
const IMPATIENT = '--lost-ttl 30s';

/** The whole table, always in the same order. */
export function allCases(): readonly Case[] {
  return [
    ...STEPS.flatMap(([step, machine]) => atStep(step, machine)),
    ...ABORT.flatMap(([step, machine]) => atStep(step, machine, GIVEN_UP)),
    ...PAIRS.map((pair) => made({ machine: 'n1', operation: 'host.cantmove' }, cut(pair))),
    ...AT_HOME.flatMap((operation) => {
      const when: Place = { machine: 'head', operation };
      return [made(when, agent('head')), made(when, power('head'))];
    }),
    ...criu(),
    ...full(),
    ...away(),
  ];
}

/** In an order that follows from the seed alone: a part of them is a sample. */
export function shuffled(cases: readonly Case[], seed: number): readonly Case[] {
  const random = seededRandom(seed);
  const keys = new Map(cases.map((one) => [one, random()]));
  return cases.toSorted((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0));
}

/** The request lost or the work cut short, and the answer lost. */
function atStep(step: string, machine: Machine, fails?: Place): Case[] {
  return ['', '.done'].flatMap((moment) => {
    const when: Place = { machine, operation: `host.${step}${moment}` };
    const relays = moment === '' ? MACHINES.map(relay) : [];
    const blows = [...MACHINES.map(agent), ...MACHINES.map(power), ...PAIRS.map((pair) => cut(pair)), ...relays];
    return blows.map((blow) => made(when, blow, fails === undefined ? {} : { fails }));
  });
}

function criu(): Case[] {
  const at = (machine: Machine, operation: string, after: number) =>
    made({ machine, operation }, { kind: 'criu', machine, after });
  return [
    ...[0, 0.3, 1].map((after) => at('n1', 'host.dump', after)),
    ...[0, 0.5, 2].map((after) => at('n2', 'host.restore', after)),
  ];
}

function full(): Case[] {
  const of = (store: 'run' | 'images' | 'memory', seconds = FULL_SECONDS): Blow => {
    return { kind: 'full', machine: 'n2', store, seconds };
  };
  const at = (operation: string, store: 'run' | 'images') => made({ machine: 'n2', operation }, of(store));
  return [
    made('before', of('memory', 0), { stays: true }),
    made('before', of('run', 0)),
    at('host.receive', 'run'),
    at('host.restore', 'run'),
    at('host.restore', 'images'),
    at('host.prepared', 'run'),
    at('host.go', 'run'),
  ];
}

/** The job is on n1, and nothing moves. */
function away(): Case[] {
  const n1 = (seconds: number) => cut(['n1'], seconds);
  return [
    made('away', n1(5)),
    made('away', n1(300)),
    made('away', cut(['head', 'n1'], 300)),
    made('away', n1(90), { options: IMPATIENT, fate: { lost: 'n1' } }),
    made('away', power('n1'), { fate: { lost: 'n1' } }),
    made('away', power('head')),
    made('away', { kind: 'reboot', machine: 'head' }),
    made({ machine: 'n2', operation: 'host.restore' }, { kind: 'reboot', machine: 'head' }),
    ...(['head', 'n1'] as const).flatMap((machine) => [made('away', agent(machine)), made('away', relay(machine))]),
  ];
}

function made(when: Trial['when'], blow: Blow, more: Partial<Trial> = {}): Case {
  const trial: Trial = {
    when,
    blow,
    fate: fateOf(when, blow, more.fails !== undefined),
    locks: true,
    ...(blow.kind === 'cut' ? { options: PATIENT } : {}),
    ...more,
  };
  return { ...trial, name: `${phaseText(trial)}: ${blowText(blow)}` };
}

/** The job is gone only with the machine that held it, or with its home. */
function fateOf(when: Trial['when'], blow: Blow, aborted: boolean): Fate {
  if (blow.kind === 'reboot') return 'ends with home';
  if (blow.kind !== 'power') return 'whole';
  if (blow.machine === 'head') return 'ends with home';
  const step = typeof when === 'object' ? when.operation.split('.')[1] : undefined;
  const holder = !aborted && step !== undefined && DECIDED.includes(step) ? 'n2' : 'n1';
  return blow.machine === holder ? { mayBeLost: holder } : 'whole';
}

function phaseText({ when, fails }: Trial): string {
  const phase = typeof when === 'object' ? when.operation : when;
  return fails === undefined ? phase : `abort ${phase}`;
}

function blowText(blow: Blow): string {
  if (blow.kind === 'cut') return `cut ${blow.of.join('-')} ${blow.seconds} s`;
  if (blow.kind === 'criu') return `criu ${blow.machine} ${blow.after} s`;
  return blow.kind === 'full' ? `full ${blow.store} ${blow.machine}` : `${blow.kind} ${blow.machine}`;
}

function agent(machine: Machine): Blow {
  return { kind: 'agent', machine };
}

function power(machine: Machine): Blow {
  return { kind: 'power', machine };
}

function relay(machine: Machine): Blow {
  return { kind: 'relay', machine };
}

function cut(of: readonly [Machine, Machine?], seconds = CUT_SECONDS): Blow {
  return { kind: 'cut', of, seconds };
}
