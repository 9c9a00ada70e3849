import { bundle } from '#builder/steps/bundle-runtime.ts';
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
  await bundle(root, folder, true);
  for (const name of names) {
    await lab.ok('copy', path.join(folder, 'agent.cjs'), `${name}:/usr/lib/plumpos/agent.cjs`);
    await lab.ok('exec', name, '--', 'sh', '-c', killAgent(name.startsWith('head')));
  }
}

/**
 * Has a machine's agent fail once.
 * @param place an operation of a host as home asks for it (`home.dump`) or as the host does it (`host.dump`); with `.done`, after it.
 * @param action `kill` the agent, cut the `power`, or `deaf ADDRESS`: nothing reaches that one any more.
 */
export async function failAt(lab: LabUnderTest, name: string, place: string, action: string): Promise<void> {
  await lab.on(name, 'sh', '-c', `rm -f /run/plumpos/fault.done; echo '${place} ${action}' >/run/plumpos/fault`);
}
