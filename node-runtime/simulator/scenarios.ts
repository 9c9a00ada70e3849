import type { JobGroup, MemberEvent, MemberGroup, Scenario } from './scenario.ts';

const PC: MemberGroup = { count: 1, cpus: 1, speed: 10_000, memoryMB: 4096 };
const JOB: JobGroup = { count: 1, home: 1, fromS: 0, toS: 0, cpuS: undefined, memoryMB: 16, use: 1, placed: false };
/** A move takes a second, whatever moves. */
const SECOND = { fixedS: 1, linkMBs: Number.POSITIVE_INFINITY };
/** A freeze of 0.3 s and 1 Gbit/s. */
const GIGABIT = { fixedS: 0.3, linkMBs: 100 };

const NOTHING = { events: [], liars: [], loss: 0 } as const;

/** All jobs start on member 1 and never end; equal PCs, one second a move (the model of docs/balance.md). */
export function allOnOne(nodes: number, jobs: number): Scenario {
  const pcs = { ...PC, memoryMB: Math.max(PC.memoryMB, jobs * JOB.memoryMB) };
  return {
    ...NOTHING,
    name: `${nodes}/${jobs}`,
    members: [{ ...pcs, count: nodes }],
    jobs: [{ ...JOB, count: jobs }],
    move: SECOND,
    seconds: 600,
  };
}

/** PCs of four speeds, some with more CPUs; everything starts on a slow one. */
function mixedSpeeds(): Scenario {
  return {
    ...NOTHING,
    name: 'mixed',
    members: [
      { ...PC, count: 4, speed: 5000 },
      { ...PC, count: 8 },
      { ...PC, count: 4, speed: 20_000 },
      { ...PC, count: 2, cpus: 4 },
    ],
    jobs: [{ ...JOB, count: 104 }],
    move: GIGABIT,
    seconds: 300,
  };
}

/** A quiet room into which a hundred jobs are thrown at once, from three homes, placed at start. */
function flashCrowd(): Scenario {
  return {
    ...NOTHING,
    name: 'flash',
    members: [{ ...PC, count: 25 }],
    jobs: [
      { ...JOB, count: 20, home: 'any', fromS: 0, toS: 20, cpuS: [20, 60], placed: true },
      ...[1, 2, 3].map((home) => ({
        ...JOB,
        count: 34,
        home,
        fromS: 30,
        toS: 31,
        cpuS: [20, 90] as const,
        placed: true,
      })),
    ],
    move: GIGABIT,
    seconds: 240,
  };
}

/** Every PC of a busy room is rebooted, one after the other. */
function rollingReboot(): Scenario {
  const events: MemberEvent[] = [];
  for (let member = 2; member <= 10; member++) {
    events.push({ atS: 20 * member, member, what: 'leave' }, { atS: 20 * member + 30, member, what: 'boot' });
  }
  return {
    ...NOTHING,
    name: 'reboot',
    members: [{ ...PC, count: 10 }],
    jobs: [{ ...JOB, count: 30, toS: 10, memoryMB: 64, placed: true }],
    events,
    move: GIGABIT,
    seconds: 300,
  };
}

/** Two of fourteen lie: one refuses every job, one lets it starve. */
function lyingMembers(): Scenario {
  return {
    ...NOTHING,
    name: 'liar',
    members: [{ ...PC, count: 14 }],
    jobs: [{ ...JOB, count: 48 }],
    liars: [
      { member: 5, how: 'refuses' },
      { member: 9, how: 'starves' },
    ],
    move: SECOND,
    seconds: 180,
  };
}

/** An evening in a room: compiles, renders and sweeps come and go, PCs are switched off and on, some datagrams are lost. */
function evening(): Scenario {
  return {
    name: 'evening',
    members: [
      { ...PC, count: 2, cpus: 2, speed: 15_000, memoryMB: 8192 },
      { ...PC, count: 10 },
      { ...PC, count: 4, speed: 6000, memoryMB: 1024 },
    ],
    jobs: [
      { ...JOB, count: 240, home: 1, fromS: 0, toS: 1500, cpuS: [1, 10], memoryMB: 32, placed: true },
      { ...JOB, count: 40, home: 2, fromS: 100, toS: 1200, cpuS: [60, 400], memoryMB: 256, placed: true },
      { ...JOB, count: 30, home: 'any', fromS: 0, toS: 1000, cpuS: [100, 300], memoryMB: 64 },
      { ...JOB, count: 20, home: 'any', fromS: 0, toS: 1500, cpuS: [30, 100], memoryMB: 32, use: 0.2 },
    ],
    events: [
      { atS: 400, member: 7, what: 'crash' },
      { atS: 500, member: 7, what: 'boot' },
      { atS: 700, member: 12, what: 'leave' },
      { atS: 900, member: 12, what: 'boot' },
    ],
    liars: [],
    loss: 0.01,
    move: GIGABIT,
    seconds: 1800,
  };
}

/** A changing mix, half an hour: what `soak balance` plays on virtual PCs. Half the jobs start at home. */
function mix(): Scenario {
  return {
    ...NOTHING,
    name: 'mix',
    members: [{ ...PC, count: 14 }],
    jobs: [
      { ...JOB, count: 500, home: 'any', fromS: 0, toS: 1700, cpuS: [5, 60], placed: true },
      { ...JOB, count: 150, home: 1, fromS: 0, toS: 1700, cpuS: [20, 90] },
    ],
    move: SECOND,
    seconds: 1800,
  };
}

/** The scenarios that ship, by name. */
export const SCENARIOS: Readonly<Record<string, () => Scenario>> = {
  '2/2': () => allOnOne(2, 2),
  '14/56': () => allOnOne(14, 56),
  '100/400': () => allOnOne(100, 400),
  '1000/4000': () => allOnOne(1000, 4000),
  '10000/40000': () => allOnOne(10_000, 40_000),
  mixed: mixedSpeeds,
  flash: flashCrowd,
  reboot: rollingReboot,
  liar: lyingMembers,
  evening,
  mix,
};
