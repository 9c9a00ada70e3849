import { setTimeout as wait } from 'node:timers/promises';
import { PlumpError } from '#runtime/base/errors.ts';
import type { NodeView } from '#runtime/model/member.ts';
import { PATHS } from '#runtime/model/paths.ts';
import type { Machine } from './machine.ts';
import type { Room } from './room.ts';

const LOOK_MS = 500;

/**
 * Waits until all members of the room see each other alive; those that left, or are cut off, are not waited for.
 * @throws PlumpError PLUMP_LAB saying who does not see whom.
 */
export async function untilTogether(room: Room, limitMs: number, signal: AbortSignal): Promise<void> {
  if (room.network.hasCutPairs) return;
  const end = performance.now() + limitMs;
  for (;;) {
    const problem = whoMisses(await viewsOf(room.machines.filter(isReachable)));
    if (problem === undefined) return;
    if (performance.now() > end) throw new PlumpError('PLUMP_LAB', `the room is not one cluster: ${problem}`);
    await wait(LOOK_MS, undefined, { signal });
  }
}

function isReachable({ state, fault, stranger }: Machine): boolean {
  return state === 'running' && fault === undefined && !stranger;
}

/** Whom each machine sees alive, by names; without those that are members of nothing. */
async function viewsOf(machines: readonly Machine[]): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const views = machines.map(async (machine) => [machine.name, await seenBy(machine)] as const);
  return new Map((await Promise.all(views)).filter(([name, seen]) => seen.has(name)));
}

async function seenBy(machine: Machine): Promise<ReadonlySet<string>> {
  const answer = await machine.vm.channel
    .request(PATHS.agentSocket, '/v1/nodes', { timeoutMs: 20_000 })
    .catch(() => undefined);
  if (answer?.status !== 200) return new Set();
  const nodes = JSON.parse(answer.body) as readonly NodeView[];
  return new Set(nodes.filter(({ state }) => state === 'alive').map(({ name }) => name));
}

function whoMisses(views: ReadonlyMap<string, ReadonlySet<string>>): string | undefined {
  for (const [name, seen] of views) {
    const missing = [...views.keys()].filter((other) => !seen.has(other));
    if (missing.length > 0) return `${name} does not see ${missing.join(', ')}`;
  }
  return undefined;
}
