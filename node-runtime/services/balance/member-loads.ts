import type { Clock } from '../../base/clock.ts';
import { nodeLoad } from '../../core/balance/node-load.ts';
import { BALANCE } from '../../core/balance/settings.ts';
import type { LoadFigures, NodeLoad } from '../../model/load-figures.ts';
import { type NodeView, isLiving } from '../../model/member.ts';

/** Where the load of members comes from. */
export interface MemberLoadsDeps {
  /** What the balancer of this member knows of one, by overlay address; undefined: nothing that is fresh enough. */
  known(member: string): NodeLoad | undefined;
  /** Asks the member itself; undefined: it has no balancer. */
  ask(member: string): Promise<LoadFigures | undefined>;
  readonly clock: Clock;
}

/** Members asked for one list. The rest is asked for the next. */
const MOST_ASKED = 64;
/** A list waits so long for answers; what comes later is there for the next one (ms). */
const MOST_WAIT_MS = 1000;

/** An answer, or when there was none. */
interface Answer {
  readonly atMs: number;
  readonly figures: LoadFigures | undefined;
}

/**
 * The load of every member. Gossip tells of all in a room, and of a sample in a large cluster; whoever it does not tell of is asked when
 * somebody wants to see it.
 */
export class MemberLoads {
  readonly #deps: MemberLoadsDeps;
  readonly #answers = new Map<string, Answer>();
  readonly #asking = new Map<string, Promise<void>>();

  constructor(deps: MemberLoadsDeps) {
    this.#deps = deps;
  }

  /** The members with their load, as far as it is known. */
  views(nodes: readonly NodeView[]): NodeView[] {
    return nodes.map((node) => (isLiving(node) ? { ...node, ...this.#loadOf(node.overlay) } : node));
  }

  /** Asks one member, or those whose load is not known. Done when they have answered, or after a second. */
  async ask(nodes: readonly NodeView[], member?: string): Promise<void> {
    this.#forgetOld();
    const living = nodes.filter(isLiving).map(({ overlay }) => overlay);
    const asked =
      member === undefined
        ? living.filter((one) => !this.#answers.has(one) && this.#deps.known(one) === undefined).slice(0, MOST_ASKED)
        : living.filter((one) => one === member);
    if (asked.length === 0) return;
    const all = Promise.all(asked.map((one) => this.#ask(one)));
    const late = Promise.withResolvers<void>();
    using _timer = this.#deps.clock.after(MOST_WAIT_MS, () => late.resolve());
    await Promise.race([all, late.promise]);
  }

  #ask(member: string): Promise<void> {
    const there = this.#asking.get(member);
    if (there !== undefined) return there;
    const asking = this.#deps
      .ask(member)
      .catch(() => undefined)
      .then((figures) => {
        this.#answers.set(member, { atMs: this.#deps.clock.now(), figures });
        this.#asking.delete(member);
      });
    this.#asking.set(member, asking);
    return asking;
  }

  /** What is newer counts; what only an answer has stays. */
  #loadOf(member: string): Partial<NodeLoad> {
    const known = this.#deps.known(member);
    const answer = this.#answers.get(member);
    const ageMs = answer === undefined ? Number.POSITIVE_INFINITY : this.#deps.clock.now() - answer.atMs;
    if (answer?.figures === undefined || ageMs > BALANCE.mostAgeMs) return known ?? {};
    const answered = nodeLoad(answer.figures, ageMs);
    return known !== undefined && known.loadAgeMs <= ageMs ? { ...answered, ...known } : { ...known, ...answered };
  }

  #forgetOld(): void {
    const now = this.#deps.clock.now();
    for (const [member, { atMs }] of this.#answers) if (now - atMs > BALANCE.mostAgeMs) this.#answers.delete(member);
  }
}
