import { existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { messageOf, PlumpError } from '../base/errors.ts';
import { decodeJoinCode } from '../model/join-code.ts';
import { PATHS } from '../model/paths.ts';
import type { NodeView } from '../model/member.ts';
import type { Check } from '../model/status.ts';
import { readKeyFileIfThere, writeKeyFile } from '../system/key-file.ts';
import { ClusterSession, type SessionDeps } from './cluster-session.ts';
import { changingFacts, firstEntry, usableNics } from './own-facts.ts';
import { OwnNumber } from './own-number.ts';

/** What the cluster service needs beside a session's needs. */
export interface ClusterDeps extends Omit<SessionDeps, 'number'> {
  /** Where a typed secret is kept: in RAM on a node, /var/lib/plumpos on a head. */
  readonly stateFolder: string;
  /** Where is noted that this member left; forgotten at reboot. */
  readonly runFolder?: string;
}

/** Which cluster this member is in, if any: its secret, leaving and joining again. */
export class Cluster implements AsyncDisposable {
  readonly #deps: ClusterDeps & Pick<SessionDeps, 'number'>;
  readonly #signal: AbortSignal;
  readonly #leftMark: string;
  #session: ClusterSession | undefined;
  #secret: Uint8Array | undefined;
  #left = false;
  /** Why the given join code is none. */
  #badCode: string | undefined;
  /** Joining and leaving happen one after the other. */
  #queue: Promise<void> = Promise.resolve();

  private constructor(deps: ClusterDeps, signal: AbortSignal) {
    const { stateFolder, runFolder = PATHS.run, nics } = deps;
    const files = { map: path.join(stateFolder, 'map'), number: path.join(runFolder, 'number') };
    const number = new OwnNumber(files, () => usableNics(nics.list()).map(({ address }) => address));
    this.#deps = { ...deps, number };
    this.#signal = signal;
    this.#leftMark = path.join(runFolder, 'left');
  }

  /** Joins at once where there is a secret, unless this member left since it was booted. */
  static async start(deps: ClusterDeps, signal: AbortSignal): Promise<Cluster> {
    const cluster = new Cluster(deps, signal);
    cluster.#secret = cluster.#findSecret();
    cluster.#left = existsSync(cluster.#leftMark);
    if (!cluster.#left) await cluster.#begin();
    return cluster;
  }

  get session(): ClusterSession | undefined {
    return this.#session;
  }

  get left(): boolean {
    return this.#left;
  }

  get hasSecret(): boolean {
    return this.#secret !== undefined;
  }

  /** Everybody, this member first. */
  views(): NodeView[] {
    const views = this.#session?.views() ?? [];
    return views.length > 0 ? views : [this.#alone()];
  }

  checks(): Check[] {
    const { problem } = this.#deps.number;
    const map: Check[] =
      problem === undefined ? [] : [{ name: 'network', ok: false, text: `the map kept: ${problem}` }];
    return [...map, ...this.#ownChecks()];
  }

  /** Says goodbye and stays out until {@link join} or reboot. */
  async leave(): Promise<void> {
    await this.#inTurn(async () => {
      writeFileSync(this.#leftMark, '');
      this.#left = true;
      await this.#end();
      this.#deps.events.publish('cluster.left', 'this member left the cluster');
      this.#deps.onChange();
    });
  }

  /**
   * Joins the cluster of a join code, or comes back to this member's own without one.
   * @throws PlumpError PLUMP_KEY when the code is wrong, or none is given and none is known.
   */
  async join(code: string | undefined): Promise<void> {
    const secret = code === undefined ? this.#secret : decodeJoinCode(code);
    if (secret === undefined)
      throw new PlumpError('PLUMP_KEY', 'this member has no cluster secret', { hint: 'give a join code: --code CODE' });
    await this.#inTurn(async () => {
      const same = this.#secret !== undefined && Buffer.from(secret).equals(this.#secret);
      if (code !== undefined) writeKeyFile(this.#keyFile(), secret);
      rmSync(this.#leftMark, { force: true });
      this.#left = false;
      this.#badCode = undefined;
      this.#secret = secret;
      if (same && this.#session !== undefined) return;
      await this.#end();
      await this.#begin();
      this.#deps.onChange();
    });
  }

  /**
   * Fixes numbers and peers by a map file, or undoes that.
   * @throws PlumpError PLUMP_CONFIG when it is none, or this member is not in it
   */
  setMap(text: string | undefined): void {
    const { number, events, onChange } = this.#deps;
    if (text === undefined) number.clear();
    else number.set(text);
    this.#session?.factsChanged(false);
    const what =
      text === undefined ? 'numbers come from addresses again' : `a map lists ${number.listed.length} addresses`;
    events.publish('cluster.map', `${what}; this member is number ${number.claim().number}`);
    onChange();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#inTurn(() => this.#end());
  }

  #ownChecks(): Check[] {
    const name = 'key';
    if (this.#left) return [{ name, ok: false, text: "this member left the cluster; 'plumpos join' brings it back" }];
    if (this.#badCode !== undefined) return [{ name, ok: false, text: this.#badCode }];
    if (this.#secret === undefined)
      return [{ name, ok: false, text: 'no cluster secret: this member announces nothing and joins nobody' }];
    return this.#session?.checks() ?? [];
  }

  async #begin(): Promise<void> {
    if (this.#secret === undefined) return;
    this.#session = await ClusterSession.start(this.#deps, this.#secret, this.#signal);
    const { problem } = this.#session;
    if (problem !== undefined) this.#deps.events.publish('cluster.alone', `this member stays alone: ${problem}`);
  }

  async #end(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.[Symbol.asyncDispose]();
  }

  #inTurn(action: () => Promise<void>): Promise<void> {
    const turn = this.#queue.then(action);
    this.#queue = turn.catch(() => {});
    return turn;
  }

  /** A secret typed on this machine wins over the medium's and the kernel's command line. */
  #findSecret(): Uint8Array | undefined {
    const { config } = this.#deps.identity;
    try {
      return (
        readKeyFileIfThere(this.#keyFile()) ?? (config.join === undefined ? undefined : decodeJoinCode(config.join))
      );
    } catch (error) {
      this.#badCode = messageOf(error);
      this.#deps.events.publish('cluster.key', this.#badCode);
      return undefined;
    }
  }

  #keyFile(): string {
    return path.join(this.#deps.stateFolder, 'secret');
  }

  #alone(): NodeView {
    const { identity, nics, number } = this.#deps;
    const facts = changingFacts(identity, nics.list(), 0, number.claim());
    const entry = firstEntry(identity, this.#session?.id ?? '', this.#session?.overlayAddress ?? '', facts);
    const addresses = entry.endpoints.map(({ address }) => address);
    return { ...entry, state: this.#left ? 'left' : 'alive', addresses, self: true, silentMs: 0 };
  }
}
