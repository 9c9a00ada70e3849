import path from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { integer, list, object, text } from '../../base/decoder.ts';
import { messageOf, PlumpError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { Keeper, MOST_KEPT } from '../../core/keepsakes/keeper.ts';
import { keepersOf } from '../../core/keepsakes/keepers.ts';
import { type OwnState, untouched, withKept, withSet } from '../../core/keepsakes/own-keepsake.ts';
import { decodeKeepsake, type Keepsake } from '../../model/keepsake.ts';
import type { NodeView } from '../../model/member.ts';
import { keepState, recallState } from '../../system/state-file.ts';
import type { EventRing } from '../events.ts';
import type { SettingsFile } from './job-settings.ts';

/** What it takes to keep settings over reboots. */
export interface KeepsakesDeps {
  readonly settings: SettingsFile;
  readonly stateFolder: string;
  /** Names this boot. */
  readonly boot: string;
  members(): readonly NodeView[];
  /** Tells a member what is to be kept, by its overlay address; the answer is what it knows better. */
  tell(member: string, own: Keepsake): Promise<Keepsake | undefined>;
  readonly clock: Clock;
  readonly log: Log;
  readonly events: Pick<EventRing, 'publish'>;
}

const LOOK_MS = 2000;
/** Members told at once. */
const MOST_TOLD = 4;

const decodeKept = list(decodeKeepsake, MOST_KEPT);
const decodeOwn = object({ version: integer(), boot: text(), touched: list(text(), 100) });

/**
 * Settings of machines without a disk come back to them after a reboot from the members that keep them: this member's, if it is such a
 * machine, and those of others that it keeps.
 */
export class Keepsakes implements Disposable {
  readonly #deps: KeepsakesDeps;
  readonly #keeper: Keeper;
  readonly #file: string;
  #own: OwnState;
  /** What each member was told last. */
  readonly #told = new Map<string, string>();
  readonly #telling = new Set<string>();
  #timer: Disposable | undefined;

  constructor(deps: KeepsakesDeps) {
    const { stateFolder, boot, log } = deps;
    this.#deps = deps;
    this.#file = path.join(stateFolder, 'own-settings.json');
    this.#own = recallState(this.#file, decodeOwn, log) ?? untouched(boot);
    const kept = path.join(stateFolder, 'keepsakes.json');
    this.#keeper = new Keeper(recallState(kept, decodeKept, log) ?? [], (all) => keepState(kept, all));
    deps.settings.onSet = (keys) => this.#change(withSet(this.#own, keys, boot));
    this.#look();
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#deps.settings.onSet = undefined;
  }

  /** What another member wants kept. @throws PlumpError PLUMP_DENIED */
  exchange(sender: string, given: Keepsake): Keepsake | undefined {
    const macs = this.#deps.members().find(({ overlay }) => overlay === sender)?.macs ?? [];
    return this.#keeper.exchange(given, macs);
  }

  #look(): void {
    const { clock, members } = this.#deps;
    this.#timer = clock.after(LOOK_MS, () => this.#look());
    const all = members();
    const self = all.find((one) => one.self);
    const mac = self?.macs[0];
    if (self?.kind !== 'node' || mac === undefined) return;
    const keepers = keepersOf(mac, all);
    for (const told of this.#told.keys()) if (!all.some(({ overlay }) => overlay === told)) this.#told.delete(told);
    for (const { overlay } of keepers)
      if (this.#told.get(overlay) !== this.#name() && !this.#telling.has(overlay) && this.#telling.size < MOST_TOLD)
        void this.#tell(overlay, mac);
  }

  async #tell(member: string, mac: string): Promise<void> {
    const { settings, log } = this.#deps;
    const { version, boot } = this.#own;
    const name = this.#name();
    this.#telling.add(member);
    try {
      const better = await this.#deps.tell(member, { mac, version, boot, settings: JSON.stringify(settings.kept()) });
      this.#told.set(member, name);
      if (better !== undefined) this.#take(better, member);
    } catch (error) {
      // An older member does not know the question.
      if (error instanceof PlumpError && error.code === 'PLUMP_PROTOCOL') this.#told.set(member, name);
      log.debug('settings could not be exchanged', { member, error: messageOf(error) });
    } finally {
      this.#telling.delete(member);
    }
  }

  #take(kept: Keepsake, member: string): void {
    const { settings, boot, events, members } = this.#deps;
    const parsed = { ...kept, settings: JSON.parse(kept.settings) as Readonly<Record<string, unknown>> };
    const now = withKept(this.#own, settings.kept(), parsed, boot);
    if (now === undefined) return;
    settings.restore(now.settings);
    this.#change(now.state);
    const from = members().find(({ overlay }) => overlay === member)?.name ?? member;
    const names = Object.keys(settings.kept()).join(', ');
    events.publish(
      'settings.back',
      `settings of this machine came back from ${from}: ${names || 'none'}`,
      settings.kept(),
    );
  }

  #change(state: OwnState): void {
    this.#own = state;
    keepState(this.#file, state);
  }

  /** What tells this state from others. */
  #name(): string {
    return `${this.#own.version} ${this.#own.boot}`;
  }
}
