import { setTimeout as wait } from 'node:timers/promises';
import { PlumpError } from '../base/errors.ts';
import { agentClient } from '../client/agent-client.ts';
import type { Status } from '../model/status.ts';

const LOOK_MS = 300;

/**
 * Waits until the agent of this machine is in the cluster.
 * @throws PlumpError PLUMP_TIMEOUT with what the failing checks say.
 */
export async function waitJoined(seconds: number, signal: AbortSignal): Promise<Status> {
  let last: Status | undefined;
  const agent = agentClient();
  for (let waited = 0; waited < seconds * 1000; waited += LOOK_MS) {
    signal.throwIfAborted();
    last = await agent.status().catch((error: unknown) => {
      if (error instanceof PlumpError && error.code === 'PLUMP_NO_AGENT') return undefined;
      throw error;
    });
    if (last?.phase === 'joined') return last;
    await wait(LOOK_MS, undefined, { signal });
  }
  const why = last?.checks.filter(({ ok }) => !ok).map(({ text }) => text) ?? ['the agent does not answer'];
  throw new PlumpError(
    'PLUMP_TIMEOUT',
    `not in the cluster after ${seconds} s: ${why.join('; ') || 'no reason is known'}`,
    {
      hint: "it goes on trying; 'plumpos status' shows how it stands, docs/alone.md what to do",
    },
  );
}
