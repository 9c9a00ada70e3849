import { bundle } from '#builder/steps/bundle-runtime.ts';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { LabUnderTest } from './lab.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** A shell's script that kills a machine's agent. One that was killed just before is being started: there may be none for a moment. */
export function killAgent(isHead: boolean): string {
  const pid = isHead ? 'systemctl show -p MainPID --value plumpos' : 'cat /run/plumpos/agent.pid';
  return `until pid=$(${pid}) && [ "$pid" -gt 1 ] && kill -9 "$pid"; do sleep 0.5; done`;
}

/** Gives machines of a running room agents that fail where a test says ({@link failAt}). */
export async function faultyAgents(lab: LabUnderTest, names: readonly string[]): Promise<void> {
  const folder = lab.file('faulty-agents');
  if (!existsSync(folder)) await bundle(root, folder, true);
  for (const name of names) {
    await lab.ok('copy', path.join(folder, 'agent.cjs'), `${name}:/usr/lib/plumpos/agent.cjs`);
    await lab.on(name, 'sh', '-c', killAgent(name.startsWith('head')));
  }
}

/** One place where an agent fails. */
export interface FaultPoint {
  /** An operation of a host as home asks for it (`home.dump`) or as the host does it (`host.dump`); with `.done`, after it. */
  readonly place: string;
  /** `kill` the agent, cut the `power`, `hold` until {@link goOn}, `fail`, or `criu SECONDS`: kill it so long after it began. */
  readonly action: string;
}

/** Has a machine's agent fail once at each of these places, and forgets what was wanted before. */
export async function failAt(lab: LabUnderTest, name: string, points: readonly FaultPoint[]): Promise<void> {
  const lines = points.map(({ place, action }) => `'${place} ${action}'`).join(' ');
  const arm = points.length === 0 ? '' : `printf '%s\\n' ${lines} >/run/plumpos/fault`;
  await lab.on(name, 'sh', '-c', `rm -f /run/plumpos/fault /run/plumpos/fault.*; ${arm}`);
}

/** Has the agent come to that place? No, when the machine cannot be asked. */
export async function hasFailedAt(lab: LabUnderTest, name: string, place: string): Promise<boolean> {
  const { status } = await lab.exec(name, ['grep', '-qsxF', place, '/run/plumpos/fault.done']);
  return status === 0;
}

/** Lets an agent go on that holds. */
export async function goOn(lab: LabUnderTest, name: string): Promise<void> {
  await lab.on(name, 'touch', '/run/plumpos/fault.go');
}
