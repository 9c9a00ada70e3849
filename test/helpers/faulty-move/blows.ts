import { faultyAgents, killAgent } from '../agents.ts';
import type { LabUnderTest } from '../lab.ts';
import { type Blow, MACHINES, type Store } from './trial.ts';

const ALIVE = MACHINES.map((name) => `${name} alive`);
/** Nothing takes as long; a machine that was emulated slowly is late. */
const SETTLE_SECONDS = 300;

/** Shell scripts that leave no room. What is left of all memory is what a host keeps for itself (core/jobs/host-rules.ts). */
const FILL: Readonly<Record<Store, string>> = {
  run: 'dd if=/dev/zero of=/run/full bs=64k',
  images: 'for folder in /run/plumpos/guests/*/img; do dd if=/dev/zero of=$folder/full bs=64k; done',
  memory: [
    'mkdir -p /tmp/full && mount -t tmpfs -o size=100% full /tmp/full; i=0',
    "while [ $(awk '/^MemAvailable/ { print $2 }' /proc/meminfo) -gt 50000 ] && [ $((i += 1)) -lt 600 ]",
    'do dd if=/dev/urandom of=/tmp/full/$i bs=1M count=1; done',
  ].join('; '),
};
const EMPTY = 'rm -f /run/full /run/plumpos/guests/*/img/full; umount /tmp/full; true';

/** Gives all machines of a room agents that fail where they are told to; returns when all members see each other again. */
export async function agentsThatFail(lab: LabUnderTest): Promise<void> {
  await faultyAgents(lab, MACHINES);
  await settled(lab);
}

/** Does it, from outside of the machines. */
export async function strike(lab: LabUnderTest, blow: Blow): Promise<void> {
  if (blow.kind === 'agent') await lab.on(blow.machine, 'sh', '-c', killAgent(blow.machine === 'head'));
  else if (blow.kind === 'relay') await lab.on(blow.machine, 'sh', '-c', 'kill -9 $(pidof relay)');
  else if (blow.kind === 'power') await lab.ok('kill', blow.machine);
  else if (blow.kind === 'reboot') await lab.exec(blow.machine, ['systemctl', 'reboot']);
  else if (blow.kind === 'cut') await lab.ok('cut', ...blow.of.filter((name) => name !== undefined));
  else if (blow.kind === 'full')
    await lab.on(blow.machine, 'sh', '-c', `{ ${FILL[blow.store]}; } >/dev/null 2>&1; true`);
  else throw new Error(`${blow.kind} is no blow from outside`);
}

/** When this returns the blow is over, and all members see each other. */
export async function overcome(lab: LabUnderTest, blow: Blow): Promise<void> {
  if (blow.kind === 'power' || blow.kind === 'reboot') {
    await lab.until(
      () => lab.list(),
      (machines) => machines.some(({ name, state }) => name === blow.machine && state === 'off'),
    );
    await lab.ok('start', blow.machine);
    await faultyAgents(lab, [blow.machine]);
  } else if (blow.kind === 'cut') {
    await lab.pause(blow.seconds * 1000);
    await lab.ok('mend');
  } else if (blow.kind === 'full') {
    await lab.pause(blow.seconds * 1000);
    await lab.on(blow.machine, 'sh', '-c', `{ ${EMPTY}; } 2>/dev/null`);
  }
  await settled(lab);
}

/** All members see each other. @throws when they do not, after much too long */
export async function settled(lab: LabUnderTest): Promise<void> {
  // An agent that was just killed does not answer yet.
  const look = () => lab.states('head').catch(() => ['nobody answers']);
  const states = await lab.until(look, (seen) => seen.join() === ALIVE.join(), SETTLE_SECONDS);
  if (states.join() !== ALIVE.join()) throw new Error(`the members do not find each other: ${states.join(', ')}`);
}
