import type { Clock } from '../../base/clock.ts';
import { type Digest, IDS_PER_MESSAGE, type Message, type Update } from '../../model/gossip-message.ts';
import { compare, type Range, toRanges } from '../gossip/sync.ts';
import type { OwnEntry } from './own-entry.ts';
import { digestOf, isLiving, type Peer, type PeerTable, type Random, updateOf } from './peer-table.ts';
import type { Settings } from './settings.ts';

/** A member somebody announced (SSDP): where to knock. */
export interface Hint {
  readonly id: string;
  readonly overlay: string;
}

/** What contacts need around them. */
export interface ContactsDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: Settings;
  readonly table: PeerTable;
  readonly own: OwnEntry;
  /** Sends a message with these updates and nothing else beside it. Returns how many fitted. */
  readonly send: (to: string, message: Message, updates: readonly Update[]) => number;
}

/** Announced members remembered; the one not announced for longest gives way. */
const MOST_HINTS = 4096;
/** Entries sent in answer to one `sync`; a newcomer asks again for the rest. */
const MOST_TOLD = 256;

/** Periods between two comparisons: stretched by ⌈log2 n − log2 32⌉ + 1 above 32 members (memberlist `pushPullScale`). */
function syncEveryMs(settings: Settings, members: number): number {
  return members <= 32 ? settings.syncMs : settings.syncMs * (Math.ceil(Math.log2(members) - 5) + 1);
}

/** Whom to talk to beside probing: newly announced members, the dead now and then, and full comparisons (push-pull). */
export class Contacts {
  readonly #deps: ContactsDeps;
  readonly #hints = new Map<string, Hint>();
  readonly #tried = new Map<string, number>();
  #nextSync = 0;

  constructor(deps: ContactsDeps) {
    this.#deps = deps;
  }

  /** Somebody was announced. Knocks at once unless it is known to live. */
  meet(hint: Hint): void {
    const known = this.#deps.table.get(hint.id);
    if (hint.id === this.#deps.own.entry.id || (known !== undefined && isLiving(known))) return;
    const isNew = !this.#hints.delete(hint.id);
    this.#hints.set(hint.id, hint);
    const oldest = this.#hints.keys().next().value;
    if (this.#hints.size > MOST_HINTS && oldest !== undefined) this.forget(oldest);
    if (isNew) this.#knock(hint);
  }

  /** The announced member at an address, known or not. */
  hintAt(overlay: string): Hint | undefined {
    for (const hint of this.#hints.values()) if (hint.overlay === overlay) return hint;
    return undefined;
  }

  /** It said goodbye, or its entry is in the table and alive. */
  forget(id: string): void {
    this.#hints.delete(id);
    this.#tried.delete(id);
  }

  /** Once a period. `met`: members met since the last time; where there are new ones there may be more. */
  tick(met: number): void {
    const { clock, random, settings, table } = this.#deps;
    const now = clock.now();
    this.#knockAgain(now);
    if (met > 0) this.#nextSync = Math.min(this.#nextSync, now + settings.periodMs * (1 + random()));
    if (now < this.#nextSync) return;
    const [partner] = table.sample(1, isLiving);
    if (partner === undefined) return;
    this.#nextSync = now + syncEveryMs(settings, table.livingCount + 1) * (0.75 + random() / 2);
    this.#compareWith(partner.entry.overlay);
  }

  /** Answers a comparison: sends what the other lacks, asks for what it knows better. */
  compared(from: string, range: Range): void {
    const { tell, ask } = compare(range, this.#digests());
    if (ask.length > 0) this.#deps.send(from, { kind: 'want', ids: ask.slice(0, IDS_PER_MESSAGE) }, []);
    this.tell(from, tell);
  }

  /** Sends what this member knows of these. */
  tell(to: string, ids: readonly string[]): void {
    const { own, random, table, send } = this.#deps;
    // Where it is too much for once, a random run of it: whoever asks again gets another one.
    const start = ids.length > MOST_TOLD ? Math.floor(random() * ids.length) : 0;
    const run = [...ids.slice(start), ...ids.slice(0, start)].slice(0, MOST_TOLD);
    let updates = run.flatMap((id) => {
      const peer = table.get(id);
      const update = id === own.entry.id ? own.update() : peer && updateOf(peer);
      return update === undefined ? [] : [update];
    });
    while (updates.length > 0) {
      const sent = send(to, { kind: 'gossip' }, updates);
      if (sent === 0) return;
      updates = updates.slice(sent);
    }
  }

  #knockAgain(now: number): void {
    const { settings, table } = this.#deps;
    const dead = [...table.all()].filter((peer) => peer.state === 'dead').map(hintOf);
    for (const hint of this.#hints.values()) {
      const known = table.get(hint.id);
      if (known !== undefined && known.state !== 'incompatible') this.#hints.delete(hint.id);
    }
    const due = [...dead, ...this.#hints.values()]
      .map((hint) => ({ hint, tried: this.#tried.get(hint.id) ?? 0 }))
      .filter(({ tried }) => now - tried >= settings.recontactMs)
      .sort((a, b) => a.tried - b.tried);
    for (const { hint } of due.slice(0, settings.recontactsPerPeriod)) this.#knock(hint);
    if (this.#tried.size > 2 * MOST_HINTS) this.#tried.clear();
  }

  #knock(hint: Hint): void {
    const { clock, own, table, send } = this.#deps;
    this.#tried.set(hint.id, clock.now());
    const peer = table.get(hint.id);
    const held = peer && updateOf(peer);
    // To one held for dead: what is held against it, so that it refutes; its answer refutes what it holds against us.
    if (held !== undefined) send(hint.overlay, { kind: 'ping', seq: 0 }, [own.update(), held]);
    else this.#compareWith(hint.overlay);
  }

  #compareWith(to: string): void {
    const { own, send } = this.#deps;
    for (const range of toRanges(this.#digests(), IDS_PER_MESSAGE)) {
      send(to, { kind: 'sync', ...range }, [own.update()]);
    }
  }

  #digests(): Digest[] {
    const { own, table } = this.#deps;
    const self = own.update();
    const others = [...table.all()].flatMap((peer) =>
      peer.state === 'incompatible' ? [] : [digestOf(peer.entry, peer.state, peer.incarnation)],
    );
    return [digestOf(own.entry, self.state, self.incarnation), ...others];
  }
}

function hintOf(peer: Peer): Hint {
  return { id: peer.entry.id, overlay: peer.entry.overlay };
}
