import { criuTrouble } from '../../core/jobs/criu-trouble.ts';
import type { Handle } from '../../model/load-message.ts';
import { type NodeView, isLiving } from '../../model/member.ts';
import { overlayBits } from '../../model/overlay-address.ts';
import type { HandleBook } from '../../network/load/datagram.ts';

/** A member as the balancer of another one thinks of it. */
interface Known {
  readonly handle: Handle;
  readonly overlay: string;
  readonly bits: bigint;
  /** undefined: it is not among the living. */
  view: NodeView | undefined;
}

/** The members by the small numbers that stand for them in the balancer of this one. */
export class MemberBook implements HandleBook {
  readonly #byOverlay = new Map<string, Known>();
  readonly #byHandle = new Map<Handle, Known>();
  readonly #byBits = new Map<bigint, Known>();
  #others: readonly Known[] = [];
  #next = 0;
  readonly self: Handle;

  /** @param self overlay address of this member */
  constructor(self: string) {
    this.self = this.#know(self).handle;
  }

  /** Takes the list of members; returns those that are among the living no more. */
  update(views: readonly NodeView[]): readonly Handle[] {
    const living = views.filter(isLiving);
    const there = new Map(living.map((view) => [view.overlay, view]));
    const gone = [...this.#byHandle.values()].filter(({ overlay, view }) => view !== undefined && !there.has(overlay));
    for (const [overlay, view] of there) this.#know(overlay).view = view;
    for (const known of gone) this.#forget(known);
    this.#others = [...this.#byHandle.values()].filter(
      ({ view, handle }) => view?.state === 'alive' && handle !== this.self,
    );
    return gone.map(({ handle }) => handle);
  }

  /** Members that live, this one included. */
  get count(): number {
    return this.#others.length + 1;
  }

  /** Any other that answers. */
  random(random: () => number): Handle | undefined {
    return this.#others[Math.floor(random() * this.#others.length)]?.handle;
  }

  /** Is there another that answers for which this is so? */
  anyOther(isSo: (member: Handle) => boolean): boolean {
    return this.#others.some(({ handle }) => isSo(handle));
  }

  idOf(member: Handle): bigint {
    return this.#byHandle.get(member)?.bits ?? 0n;
  }

  handleOf(id: bigint): Handle | undefined {
    return this.#byBits.get(id)?.handle;
  }

  isMember(member: Handle): boolean {
    return this.viewOf(member) !== undefined;
  }

  viewOf(member: Handle): NodeView | undefined {
    return this.#byHandle.get(member)?.view;
  }

  /** @returns undefined for nobody that lives */
  at(overlay: string): Handle | undefined {
    return this.#byOverlay.get(overlay)?.handle;
  }

  /** Can a job that may have seen these CPU features be moved to it, or from it? */
  takes(member: Handle, cpuFlags: readonly string[]): boolean {
    const view = this.viewOf(member);
    if (view === undefined || criuTrouble(view.criu, view.kernel) !== undefined) return false;
    return cpuFlags.every((flag) => view.cpuFlags.includes(flag));
  }

  #know(overlay: string): Known {
    const there = this.#byOverlay.get(overlay);
    if (there !== undefined) return there;
    const known: Known = { handle: this.#next++, overlay, bits: overlayBits(overlay), view: undefined };
    this.#byOverlay.set(overlay, known);
    this.#byHandle.set(known.handle, known);
    this.#byBits.set(known.bits, known);
    return known;
  }

  #forget(known: Known): void {
    known.view = undefined;
    if (known.handle === this.self) return;
    this.#byOverlay.delete(known.overlay);
    this.#byHandle.delete(known.handle);
    this.#byBits.delete(known.bits);
  }
}
