import { ENTRY_FIELDS, FIELD, type Handle } from '../../model/load-message.ts';
import { EntryTable } from './entry-table.ts';
import type { BalanceSettings } from './settings.ts';

/** Known members beside the crowded ones: 32 sets of 4. A sample of 128 tells a mean to a few percent. */
const SETS = 32;
const WAYS = 4;
/** The most crowded members of the cluster, whom everybody should know: there work waits. */
const CROWDED = 4;
const FRESH_MS = 3000;

type ViewSettings = Pick<BalanceSettings, 'mostAgeMs' | 'entriesPerMessage'>;

/** What one member knows of the others' load, and its part in telling each other. */
export class LoadView {
  /** A random sample. */
  readonly sample: EntryTable;
  /** The most crowded that were heard of. */
  readonly crowded: EntryTable;
  readonly #self: Handle;
  readonly #settings: ViewSettings;
  readonly #random: () => number;

  constructor(self: Handle, settings: ViewSettings, random: () => number) {
    const salt = Math.floor(random() * 2 ** 31);
    this.sample = new EntryTable({ sets: SETS, ways: WAYS, keeps: 'newest', salt });
    this.crowded = new EntryTable({ sets: 1, ways: CROWDED, keeps: 'slowest', salt });
    this.#self = self;
    this.#settings = settings;
    this.#random = random;
  }

  /** Takes what is new of what a member told, its own entry first. `known` keeps out members that are dead or were never heard of. */
  take(entries: Int32Array, now: number, known: (member: Handle) => boolean): void {
    for (let at = 0; at < entries.length; at += ENTRY_FIELDS) {
      const member = entries[at + FIELD.member] as number;
      if (member === this.#self || (entries[at + FIELD.ageMs] as number) > this.#settings.mostAgeMs) continue;
      if (!known(member)) continue;
      this.sample.take(entries, at, now, at === 0);
      this.crowded.take(entries, at, now, at === 0);
    }
  }

  /**
   * What to tell: one's own entry, the crowded, and a random run of the sample, of bounded length. Of what is in `told`, which the
   * other has just said, only what is known better.
   */
  tell(own: Int32Array, now: number, told?: Int32Array): Int32Array {
    const most = this.#settings.entriesPerMessage;
    const list = new Int32Array(most * ENTRY_FIELDS);
    list.set(own.subarray(0, ENTRY_FIELDS));
    let count = 1;
    for (let slot = 0; slot < this.crowded.size && count < most; slot++)
      if (this.#worthTelling(this.crowded, slot, now, told)) this.crowded.copy(slot, list, count++ * ENTRY_FIELDS, now);
    const start = Math.floor(this.#random() * this.sample.size);
    // Fresh ones first: what is passed on while it is fresh is known to many before it is old.
    for (const [least, below] of [
      [0, FRESH_MS],
      [FRESH_MS, this.#settings.mostAgeMs],
    ] as const)
      for (let step = 0; step < this.sample.size && count < most; step++) {
        const slot = (start + step) % this.sample.size;
        const age = this.sample.ageAt(slot, now);
        if (age < least || age >= below || this.#isCrowded(slot) || !this.#worthTelling(this.sample, slot, now, told))
          continue;
        this.sample.copy(slot, list, count++ * ENTRY_FIELDS, now);
      }
    return list.subarray(0, count * ENTRY_FIELDS);
  }

  /** Everything that is known and believed, in one flat list. */
  all(now: number): Int32Array {
    const list = new Int32Array((this.sample.size + this.crowded.size) * ENTRY_FIELDS);
    let count = 0;
    for (const table of [this.crowded, this.sample])
      for (let slot = 0; slot < table.size; slot++) {
        if (table === this.sample && this.#isCrowded(slot)) continue;
        if (table.memberAt(slot, now, this.#settings.mostAgeMs) === undefined) continue;
        table.copy(slot, list, count++ * ENTRY_FIELDS, now);
      }
    return list.subarray(0, count * ENTRY_FIELDS);
  }

  /** A member is dead or has left. */
  forget(member: Handle): void {
    this.sample.forget(member);
    this.crowded.forget(member);
  }

  addWork(member: Handle, work: number): void {
    this.sample.addWork(member, work);
    this.crowded.addWork(member, work);
  }

  /** Then it was told already. */
  #isCrowded(slot: number): boolean {
    return this.crowded.slotOf(this.sample.get(slot, FIELD.member)) >= 0;
  }

  #worthTelling(table: EntryTable, slot: number, now: number, told: Int32Array | undefined): boolean {
    const member = table.memberAt(slot, now, this.#settings.mostAgeMs);
    if (member === undefined) return false;
    if (told === undefined) return true;
    for (let at = 0; at < told.length; at += ENTRY_FIELDS)
      if (told[at] === member) return table.get(slot, FIELD.version) > (told[at + FIELD.version] as number);
    return true;
  }
}
