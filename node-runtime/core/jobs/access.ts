import type { HomeKernel } from '../../model/guest-ops.ts';
import type { JobUser, NfsAccess } from '../../model/job-spec.ts';
import type { Job } from './job.ts';

/** What a member may do at home as one user. */
export type AccessState = 'granted' | 'held' | 'fenced' | 'revoked';

/** What Access needs. */
export interface AccessDeps {
  readonly self: string;
  readonly kernel: Pick<HomeKernel, 'grant' | 'hold' | 'fence' | 'revoke'>;
  jobs(): readonly Job[];
}

/**
 * Follows from where jobs are (f7 §4): granted where one of the user's jobs is or is about to be; fenced where only a copy
 * is left that must not live; and where both are there, and that copy may be running, held: nobody writes until it is
 * dead, and nobody loses anything.
 */
function accessWanted(self: string, jobs: readonly Job[], member: string, uid: number): AccessState {
  const own = jobs.filter((job) => job.spec.user.uid === uid);
  const living = own.some((job) => job.end === undefined && usesExports(self, job, member));
  const owed = own.flatMap((job) => job.owed).filter((one) => one.member === member);
  if (living) return owed.some(({ runs }) => runs) ? 'held' : 'granted';
  return owed.length > 0 ? 'fenced' : 'revoked';
}

function usesExports(self: string, job: Job, member: string): boolean {
  const hosted = job.host === member && !(member === self && job.local);
  return hosted || job.move?.to === member;
}

/** Keeps home's kernel in step with the table of jobs, one change of a pair at a time. */
export class Access {
  readonly #deps: AccessDeps;
  readonly #queues = new Map<string, Promise<unknown>>();
  readonly #applied = new Map<string, AccessState>();

  constructor(deps: AccessDeps) {
    this.#deps = deps;
  }

  wanted(member: string, uid: number): AccessState {
    return accessWanted(this.#deps.self, this.#deps.jobs(), member, uid);
  }

  /** Brings the pair to what the table wants now. */
  settle(member: string, user: JobUser): Promise<void> {
    return this.#inTurn(member, user, async () => {
      const { kernel } = this.#deps;
      const wanted = this.wanted(member, user.uid);
      const key = keyOf(member, user);
      if (this.#applied.get(key) === wanted) return;
      this.#applied.delete(key);
      if (wanted === 'granted') await kernel.grant(member, user);
      else if (wanted === 'held') await kernel.hold(member, user);
      else if (wanted === 'fenced') await kernel.fence(member, user);
      else await kernel.revoke(member, user);
      this.#applied.set(key, wanted);
    });
  }

  /** As {@link settle}, for a member that is about to get a job: how it reaches home's files. */
  open(member: string, user: JobUser): Promise<NfsAccess> {
    return this.#inTurn(member, user, async () => {
      this.#applied.delete(keyOf(member, user));
      const access = await this.#deps.kernel.grant(member, user);
      this.#applied.set(keyOf(member, user), 'granted');
      return access;
    });
  }

  /**
   * A copy nobody knew is gone, or cannot be killed: then its tasks hang in writes that are refused, and end when their
   * handles are stale (f7 §4). Nothing where the user has jobs on that member.
   */
  async stray(member: string, user: JobUser, gone: boolean): Promise<void> {
    await this.#inTurn(member, user, async () => {
      if (this.wanted(member, user.uid) !== 'revoked') return;
      this.#applied.delete(keyOf(member, user));
      await (gone ? this.#deps.kernel.revoke(member, user) : this.#deps.kernel.fence(member, user));
    });
  }

  #inTurn<T>(member: string, user: JobUser, action: () => Promise<T>): Promise<T> {
    const key = keyOf(member, user);
    const turn = (this.#queues.get(key) ?? Promise.resolve()).then(action);
    const done = turn.then(
      () => {},
      () => {},
    );
    this.#queues.set(key, done);
    return turn;
  }
}

function keyOf(member: string, user: JobUser): string {
  return `${user.uid} ${member}`;
}
