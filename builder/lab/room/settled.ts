import { setTimeout as wait } from 'node:timers/promises';
import { PlumpError } from '#runtime/base/errors.ts';
import type { NodeView } from '#runtime/model/member.ts';
import { PATHS } from '#runtime/model/paths.ts';
import type { Machine } from './machine.ts';

const LOOK_MS = 500;

/** The members as one machine sees them. @throws PlumpError PLUMP_NO_AGENT when its agent does not answer. */
export async function membersSeenBy(machine: Machine): Promise<readonly NodeView[]> {
  const answer = await machine.vm.channel.request(PATHS.agentSocket, '/v1/nodes', { timeoutMs: 20_000 });
  if (answer.status !== 200)
    throw new PlumpError('PLUMP_NO_AGENT', `the agent of ${machine.name} answers ${answer.status}`);
  return JSON.parse(answer.body) as NodeView[];
}

/**
 * Waits until each of the machines sees all of them alive.
 * @throws PlumpError PLUMP_LAB saying who does not see whom.
 */
export async function untilTogether(machines: readonly Machine[], limitMs: number, signal: AbortSignal): Promise<void> {
  const end = performance.now() + limitMs;
  for (;;) {
    const missing = await Promise.all(machines.map((one) => notSeen(one, machines)));
    const problem = missing.find((text) => text !== undefined);
    if (problem === undefined) return;
    if (performance.now() > end) throw new PlumpError('PLUMP_LAB', `the room is not one cluster: ${problem}`);
    await wait(LOOK_MS, undefined, { signal });
  }
}

async function notSeen(one: Machine, all: readonly Machine[]): Promise<string | undefined> {
  const views = await membersSeenBy(one).catch(() => []);
  const alive = new Set(views.filter((view) => view.state === 'alive').map((view) => view.name));
  const lost = all.filter((other) => !alive.has(other.name)).map((other) => other.name);
  return lost.length === 0 ? undefined : `${one.name} does not see ${lost.join(', ')}`;
}
