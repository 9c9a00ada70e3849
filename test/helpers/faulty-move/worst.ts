import type { Fate, Machine, Trial } from './trial.ts';

/** One of the faults of `plumpos soak faults`, for a job without locks, whose home does not wait long for a lost host. */
function trial(machine: Machine, operation: string, kind: 'power' | 'agent', fate: Fate = 'whole'): Trial {
  return { when: { machine, operation }, blow: { kind, machine }, fate, ...USUAL };
}

const USUAL = { locks: false, options: '--lost-ttl 20s' } as const;
const N1_AND_N2 = { kind: 'cut', of: ['n1', 'n2'], seconds: 20 } as const;

/** The twelve worst pairs of a moment of a move and what goes wrong then, by what they are. */
export const WORST: Readonly<Record<string, Trial>> = {
  'the source loses its power while it dumps': trial('n1', 'host.dump', 'power', { lost: 'n1' }),
  'the source loses its power when it has sent the images': trial('n1', 'host.send.done', 'power', { lost: 'n1' }),
  'the target loses its power while it restores': trial('n2', 'host.restore', 'power'),
  'the target loses its power before it can say that it is prepared': trial('n2', 'host.restore.done', 'power'),
  'the target loses its power when it is told to go': trial('n2', 'host.go', 'power', { lost: 'n2' }),
  'the source loses its power after the decision': trial('n1', 'host.discard', 'power'),
  "home's agent is killed before the decision": trial('head', 'home.restore.done', 'agent'),
  "home's agent is killed after the decision": trial('head', 'home.discard', 'agent'),
  "the source's agent is killed after the dump": trial('n1', 'host.dump.done', 'agent'),
  "the target's agent is killed before it restores": trial('n2', 'host.restore', 'agent'),
  "the target's agent is killed when it is told to go": trial('n2', 'host.go', 'agent'),
  'source and target do not hear each other when the images are to go': {
    when: { machine: 'n1', operation: 'host.send' },
    blow: N1_AND_N2,
    fate: 'whole',
    ...USUAL,
  },
};
