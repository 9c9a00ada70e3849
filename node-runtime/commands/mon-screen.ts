import { messageOf } from '../base/errors.ts';
import type { AgentClient } from '../client/agent-client.ts';
import type { NodeView } from '../model/member.ts';
import { FullScreen, type Terminal } from '../terminal/full-screen.ts';
import { afterKey } from './mon-keys.ts';
import { followMoves, pause } from './mon-moves.ts';
import { type MonData, type MonView, monPicture } from './mon-picture.ts';

/** What the picture that lives needs. */
export interface WatchMembers {
  readonly agent: Pick<AgentClient, 'nodes' | 'follow'>;
  readonly view: MonView;
  readonly everyMs: number;
  readonly signal: AbortSignal;
  readonly terminal: Terminal;
}

/** Events that come together are drawn together (ms). */
const GATHER_MS = 50;

/** Shows the picture until a key or the signal ends it. @throws PlumpError PLUMP_NO_AGENT where none answered at the beginning */
export async function watchMembers(deps: WatchMembers): Promise<void> {
  const { agent, everyMs } = deps;
  const first = await agent.nodes('missing');
  const quit = new AbortController();
  const signal = AbortSignal.any([deps.signal, quit.signal]);
  const over = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  using picture = new LivePicture(deps, first, () => quit.abort());
  const moves = followMoves(agent, signal, (lines) => picture.change({ moves: lines }));
  while (!signal.aborted) {
    await pause(everyMs, signal);
    if (signal.aborted) break;
    const asked = agent.nodes('missing').then(
      (nodes) => picture.change({ nodes, trouble: undefined }),
      // An agent that is started anew is back in a moment.
      (error: unknown) => picture.change({ trouble: messageOf(error) }),
    );
    // A key ends it though the agent does not answer.
    await Promise.race([asked, over]);
  }
  await moves;
}

/** What is shown, and what the keys make of it. */
class LivePicture implements Disposable {
  readonly #screen: FullScreen;
  #view: MonView;
  #data: MonData;
  #timer: NodeJS.Timeout | undefined;
  #over = false;

  constructor({ view, terminal }: WatchMembers, nodes: readonly NodeView[], quit: () => void) {
    this.#view = view;
    this.#data = { nodes, moves: [] };
    const key = (one: string) => {
      const next = afterKey(this.#view, one, this.#data.nodes.length);
      if (next === 'quit') return quit();
      this.#view = next;
      this.#draw();
    };
    this.#screen = new FullScreen(terminal, { key, resized: () => this.#draw() });
    this.#draw();
  }

  change(what: Partial<MonData>): void {
    if (this.#over) return;
    this.#data = { ...this.#data, ...what };
    this.#timer ??= setTimeout(() => this.#draw(), GATHER_MS);
  }

  [Symbol.dispose](): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#screen[Symbol.dispose]();
  }

  #draw(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#screen.show(monPicture(this.#data, this.#view, this.#screen.size()));
  }
}
