import { ENTRY_FIELDS, FIELD, FLAG, type Handle } from '../../model/load-message.ts';
import { STANDARD_SPEED } from '../../model/speed.ts';
import { slowness, type Strain } from './slowness.ts';

const NOBODY = -1;

/** Which entry gives way in a full set. */
type Keeps = 'newest' | 'slowest';

/** Shape of a table: `sets` (a power of two) times `ways`. */
export interface TableShape {
  readonly sets: number;
  readonly ways: number;
  readonly keeps: Keeps;
  /** Differs from member to member, so that each knows others. */
  readonly salt: number;
}

/**
 * Load entries of some members: of all in a room, of a random sample in a cluster of thousands, because nobody needs to know ten
 * thousand members to find one with room. A set-associative table: a member's entry can only stand in the few places of its set,
 * found by a salted hash; where they are taken, the oldest (or the least crowded) gives way. So memory and time are bounded
 * whatever the cluster's size, and which members are known is left to chance.
 */
export class EntryTable {
  readonly size: number;
  readonly #shape: TableShape;
  readonly #shift: number;
  readonly #fields: Int32Array;
  /** When each entry was true, on this member's clock (ms). */
  readonly #born: Float64Array;
  /** How slow a job goes at each, kept because it is looked at so often. */
  readonly #slow: Float64Array;

  constructor(shape: TableShape) {
    this.#shape = shape;
    this.size = shape.sets * shape.ways;
    this.#shift = 32 - Math.log2(shape.sets);
    this.#fields = new Int32Array(this.size * ENTRY_FIELDS).fill(NOBODY);
    this.#born = new Float64Array(this.size).fill(Number.NEGATIVE_INFINITY);
    this.#slow = new Float64Array(this.size).fill(-1);
  }

  /**
   * Takes the entry that stands at `at` in a flat list, unless a newer one is known. `first` hand, from the owner itself, the same
   * version is newer, too: it changes within its second.
   */
  take(list: Int32Array, at: number, now: number, first: boolean): void {
    const member = list[at + FIELD.member] as number;
    const slot = this.#find(member);
    const born = now - (list[at + FIELD.ageMs] as number);
    const slow = slownessIn(list, at);
    const held = this.#fields[slot * ENTRY_FIELDS] as number;
    if (held === member) {
      const older = this.#fields[slot * ENTRY_FIELDS + FIELD.version] as number;
      const version = list[at + FIELD.version] as number;
      if (first ? version < older : version <= older) return;
    } else if (held !== NOBODY && !this.#givesWay(slot, born, slow)) return;
    for (let field = 0; field < ENTRY_FIELDS; field++)
      this.#fields[slot * ENTRY_FIELDS + field] = list[at + field] as number;
    this.#born[slot] = born;
    this.#slow[slot] = slow;
  }

  /** The member in a slot; undefined: nobody, or its entry is older than `mostAgeMs`. */
  memberAt(slot: number, now: number, mostAgeMs: number): Handle | undefined {
    const member = this.#fields[slot * ENTRY_FIELDS] as number;
    return member === NOBODY || now - (this.#born[slot] as number) > mostAgeMs ? undefined : member;
  }

  get(slot: number, field: number): number {
    return this.#fields[slot * ENTRY_FIELDS + field] as number;
  }

  strainAt(slot: number): Strain {
    return { work: this.get(slot, FIELD.work), cpus: this.get(slot, FIELD.cpus), speed: this.get(slot, FIELD.speed) };
  }

  slownessAt(slot: number): number {
    return this.#slow[slot] as number;
  }

  capacityAt(slot: number): number {
    return (this.get(slot, FIELD.cpus) * this.get(slot, FIELD.speed)) / STANDARD_SPEED;
  }

  /** Does it take guests, as far as is known? */
  isOpen(slot: number): boolean {
    return (this.get(slot, FIELD.flags) & (FLAG.blocked | FLAG.pressed)) === 0;
  }

  ageAt(slot: number, now: number): number {
    return now - (this.#born[slot] as number);
  }

  /** The slot of a member, or -1. */
  slotOf(member: Handle): number {
    const slot = this.#find(member);
    return this.#fields[slot * ENTRY_FIELDS] === member ? slot : -1;
  }

  /** Copies an entry to place `at` of a flat list, with its age now. */
  copy(slot: number, list: Int32Array, at: number, now: number): void {
    for (let field = 0; field < ENTRY_FIELDS; field++)
      list[at + field] = this.#fields[slot * ENTRY_FIELDS + field] as number;
    list[at + FIELD.ageMs] = Math.max(0, Math.round(this.ageAt(slot, now)));
  }

  /** A job was sent there, or comes from there: what is known is put right until it speaks itself. */
  addWork(member: Handle, work: number): void {
    const slot = this.slotOf(member);
    if (slot < 0) return;
    this.#fields[slot * ENTRY_FIELDS + FIELD.work] = Math.max(0, this.get(slot, FIELD.work) + work);
    this.#slow[slot] = slownessIn(this.#fields, slot * ENTRY_FIELDS);
  }

  forget(member: Handle): void {
    const slot = this.slotOf(member);
    if (slot < 0) return;
    this.#fields.fill(NOBODY, slot * ENTRY_FIELDS, (slot + 1) * ENTRY_FIELDS);
    this.#born[slot] = Number.NEGATIVE_INFINITY;
    this.#slow[slot] = -1;
  }

  /** The member's own place, else an empty one, else the one that gives way first. */
  #find(member: Handle): number {
    const { ways, salt, sets } = this.#shape;
    const set = sets === 1 ? 0 : Math.imul(member ^ salt, 0x9e3779b1) >>> this.#shift;
    const first = set * ways;
    const strengths = this.#shape.keeps === 'newest' ? this.#born : this.#slow;
    let weakest = first;
    for (let slot = first; slot < first + ways; slot++) {
      if (this.#fields[slot * ENTRY_FIELDS] === member) return slot;
      if ((strengths[slot] as number) < (strengths[weakest] as number)) weakest = slot;
    }
    return weakest;
  }

  #givesWay(slot: number, born: number, slow: number): boolean {
    if (this.#shape.keeps === 'newest') return born > (this.#born[slot] as number);
    return slow > (this.#slow[slot] as number);
  }
}

function slownessIn(list: Int32Array, at: number): number {
  const cpus = list[at + FIELD.cpus] as number;
  return slowness(list[at + FIELD.work] as number, cpus, list[at + FIELD.speed] as number);
}
