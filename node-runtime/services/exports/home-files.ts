import { randomBytes } from 'node:crypto';
import { type Decoded, choice, integer, list, object, text, bytes } from '../../base/decoder.ts';
import { PlumpError } from '../../base/errors.ts';
import { Queue } from '../../base/queue.ts';
import type { JobUser, NfsAccess } from '../../model/job-spec.ts';
import { NFS_PORTS } from '../../model/ports.ts';
import type { NetworkNamespace } from '../../system/netns.ts';
import type { Nfsd } from '../../system/nfsd/nfsd.ts';
import {
  addressLine,
  allowLines,
  type CacheLine,
  forgetExports,
  pseudoRootLines,
  refuseLines,
  writeCaches,
} from '../../system/nfsd/rpc-caches.ts';
import type { OverlayGate } from '../../system/overlay-gate.ts';
import { keepState, readState } from '../../system/state-file.ts';
import type { ExportTree, UserTree } from './export-tree.ts';

const decodeFiles = object({
  users: list(
    object({
      slot: integer(1, 10_000),
      port: integer(1, 65_535),
      uid: integer(),
      gid: integer(),
      groups: list(integer()),
      paths: list(bytes(4096)),
    }),
  ),
  grants: list(
    object({ member: text(), slot: integer(1), identifier: text(), state: choice('open', 'held', 'fenced', 'closed') }),
  ),
});
type Files = Decoded<typeof decodeFiles>;
type User = { -readonly [K in keyof Files['users'][number]]: Files['users'][number][K] } & UserTree;
type Grant = { -readonly [K in keyof Files['grants'][number]]: Files['grants'][number][K] };

/** What of Linux is used here. */
export interface HomeFilesDeps {
  readonly namespace: NetworkNamespace;
  readonly nfsd: Nfsd;
  readonly tree: ExportTree;
  readonly gate: OverlayGate;
  /** Overlay address of this member. */
  readonly self: string;
  /** Kept while the machine runs: an agent that is started again goes on with it. */
  readonly stateFile: string;
  /** Starts what the server needs beside the kernel; done once, before the first thread. */
  helpers(): void;
}

/**
 * Home's files for members that host its jobs: one NFS listener per user, opened to a member while it hosts a job of hers,
 * fenced in the order of evidence f7 §4. The server starts with the first grant. One request at a time.
 */
export class HomeFiles {
  readonly #deps: HomeFilesDeps;
  readonly #queue = new Queue();
  readonly #users: User[];
  readonly #grants: Grant[];

  constructor(deps: HomeFilesDeps) {
    this.#deps = deps;
    const kept = deps.nfsd.running ? readState(deps.stateFile, decodeFiles) : undefined;
    this.#users = kept?.users.map((one) => ({ ...one })) ?? [];
    this.#grants = kept?.grants.map((one) => ({ ...one })) ?? [];
    if (deps.nfsd.running) deps.helpers();
  }

  /** Opens home's files to a member, as this user. */
  grant(member: string, user: JobUser): Promise<NfsAccess> {
    return this.#queue.run(async () => {
      if (user.uid === 0) throw new PlumpError('PLUMP_REFUSED', "root's programs stay at home");
      if (!this.#deps.nfsd.running) await this.#begin();
      const entry = this.#userOf(user) ?? (await this.#addUser(user));
      if (!this.#deps.nfsd.running) this.#deps.nfsd.serve();
      const grant = this.#grantOf(member, entry) ?? this.#addGrant(member, entry);
      // A client that comes back after a fence must be another one to the server.
      if (grant.state === 'fenced' || grant.state === 'closed') grant.identifier = newIdentifier();
      this.#write([
        addressLine(member),
        ...pseudoRootLines(member, this.#deps.tree.folder),
        ...this.#deps.tree.follow(entry).flatMap((folder) => allowLines(member, folder)),
      ]);
      grant.state = 'open';
      this.#keep();
      await this.#deps.gate.openNfs(member, entry.port);
      return { port: entry.port, root: `/${entry.slot}`, identifier: grant.identifier };
    });
  }

  /** Closes the port: whatever uses it blocks until the next grant. */
  hold(member: string, user: JobUser): Promise<void> {
    return this.#change(member, user, async (entry, grant) => {
      if (grant.state !== 'open') return;
      await this.#deps.gate.closeNfs(member, entry.port);
      grant.state = 'held';
    });
  }

  /** Nothing more can be written, locks are free; the port is open, so that tasks that wait for an answer can die. */
  fence(member: string, user: JobUser): Promise<void> {
    return this.#change(member, user, (entry, grant) => this.#fence(member, entry, grant));
  }

  /** As {@link fence}, then the port closed. */
  revoke(member: string, user: JobUser): Promise<void> {
    return this.#change(member, user, async (entry, grant) => {
      if (grant.state === 'closed') return;
      if (grant.state !== 'fenced') await this.#fence(member, entry, grant);
      await this.#deps.gate.closeNfs(member, entry.port);
      grant.state = 'closed';
      if (this.#grants.every(({ state }) => state === 'closed')) this.#letGo();
    });
  }

  /**
   * Nobody uses home's files any more. Only then can the kernel's caches be emptied, which keep every disk in use: in
   * between others' files would be stale, for good (evidence f4 §3). Folders that are left are made again by the next grant.
   */
  #letGo(): void {
    this.#deps.namespace.run(forgetExports);
    this.#deps.tree.unbind();
  }

  async #fence(member: string, entry: User, grant: Grant): Promise<void> {
    this.#write(this.#deps.tree.all(entry).flatMap((folder) => refuseLines(member, folder)));
    await this.#deps.nfsd.expireClients(grant.identifier);
    grant.state = 'fenced';
    await this.#deps.gate.openNfs(member, entry.port);
  }

  #change(member: string, user: JobUser, change: (entry: User, grant: Grant) => Promise<void>): Promise<void> {
    return this.#queue.run(async () => {
      const entry = this.#userOf(user);
      const grant = entry && this.#grantOf(member, entry);
      if (!entry || !grant) return;
      await change(entry, grant);
      this.#keep();
    });
  }

  async #begin(): Promise<void> {
    const { nfsd, tree, helpers } = this.#deps;
    tree.remove();
    tree.prepare();
    await nfsd.prepare();
    helpers();
    this.#users.length = 0;
    this.#grants.length = 0;
  }

  async #addUser({ uid, gid, groups }: JobUser): Promise<User> {
    const slot = this.#users.length + 1;
    const port = NFS_PORTS.first + slot - 1;
    if (port > NFS_PORTS.last) throw new PlumpError('PLUMP_REFUSED', 'no NFS port is left for another user');
    await this.#deps.nfsd.listen({ port, address: this.#deps.self, uid, gid, groups });
    const user: User = { slot, port, uid, gid, groups, paths: [] };
    this.#users.push(user);
    return user;
  }

  #addGrant(member: string, { slot }: User): Grant {
    const grant: Grant = { member, slot, identifier: newIdentifier(), state: 'closed' };
    this.#grants.push(grant);
    return grant;
  }

  /** Other groups are another identity: a listener cannot be changed. */
  #userOf({ uid, gid, groups }: JobUser): User | undefined {
    const sorted = (ids: readonly number[]) => String(ids.toSorted((a, b) => a - b));
    const same = (one: User) => sorted(one.groups) === sorted(groups);
    return this.#users.find((one) => one.uid === uid && one.gid === gid && same(one));
  }

  #grantOf(member: string, { slot }: User): Grant | undefined {
    return this.#grants.find((one) => one.member === member && one.slot === slot);
  }

  #write(entries: readonly CacheLine[]): void {
    this.#deps.namespace.run(() => writeCaches(entries));
  }

  #keep(): void {
    keepState(this.#deps.stateFile, { users: this.#users, grants: this.#grants } satisfies Files);
  }
}

/** Nobody else's NFS client may call itself so: it could end this one's state. */
function newIdentifier(): string {
  return `plumpos-${randomBytes(16).toString('hex')}`;
}
