import { setTimeout as wait } from 'node:timers/promises';
import type { AgentClient } from '../client/agent-client.ts';
import type { ClusterEvent } from '../model/event.ts';

/** Moves that are kept: more than any picture shows. */
const MOST_MOVES = 100;
/** An agent that went may be back so soon (ms). */
const AGAIN_MS = 1000;

export function isMove({ type }: ClusterEvent): boolean {
  return type === 'job.moved';
}

/** The newest moves among events, a line each, by the clock of whoever looks. */
export function moveLines(events: readonly ClusterEvent[]): string[] {
  const moves = events.filter(isMove).slice(-MOST_MOVES);
  return moves.map(({ time, text }) => `${new Date(time).toTimeString().slice(0, 8)}  ${text}`);
}

/** Tells of the moves so far, and again with each that happens, until the signal aborts; an agent that was started anew is followed again. */
export async function followMoves(
  agent: Pick<AgentClient, 'follow'>,
  signal: AbortSignal,
  changed: (moves: readonly string[]) => void,
): Promise<void> {
  while (!signal.aborted) {
    let moves: string[] = [];
    try {
      for await (const event of agent.follow(0, signal)) {
        if (!isMove(event)) continue;
        moves = [...moves, ...moveLines([event])].slice(-MOST_MOVES);
        changed(moves);
      }
    } catch {
      // That nobody answers is seen by the question for members.
    }
    await pause(AGAIN_MS, signal);
  }
}

/** Ends early when the signal aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch(() => {});
}
