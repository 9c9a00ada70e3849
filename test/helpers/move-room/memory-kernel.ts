import type { HomeKernel, PublishedPort, RouteTarget } from '#runtime/model/guest-ops.ts';
import type { JobUser, NfsAccess } from '#runtime/model/job-spec.ts';

/** Home's kernel side in memory: who may write, where packets go. Outlives the agent, not the machine. */
export class MemoryKernel implements HomeKernel {
  /** `uid member` -> state; nothing for what was never granted or is revoked. */
  readonly access = new Map<string, 'granted' | 'held' | 'fenced'>();
  readonly routes = new Map<string, string>();
  readonly ports = new Map<string, readonly PublishedPort[]>();
  /** Locks held through this pair are free. */
  readonly #expire: (member: string) => void;

  constructor(expire: (member: string) => void) {
    this.#expire = expire;
  }

  mayWrite(member: string, uid: number): boolean {
    return this.access.get(`${uid} ${member}`) === 'granted';
  }

  grant(member: string, { uid }: JobUser): Promise<NfsAccess> {
    this.access.set(`${uid} ${member}`, 'granted');
    return Promise.resolve({ port: 22_000, root: `/${uid}`, identifier: `x-u${uid}` });
  }

  hold(member: string, { uid }: JobUser): Promise<void> {
    this.access.set(`${uid} ${member}`, 'held');
    return Promise.resolve();
  }

  fence(member: string, { uid }: JobUser): Promise<void> {
    this.access.set(`${uid} ${member}`, 'fenced');
    this.#expire(member);
    return Promise.resolve();
  }

  revoke(member: string, { uid }: JobUser): Promise<void> {
    this.access.delete(`${uid} ${member}`);
    this.#expire(member);
    return Promise.resolve();
  }

  route(id: string, _address: string, to: RouteTarget): Promise<void> {
    this.routes.set(id, typeof to === 'string' ? to : to.member);
    return Promise.resolve();
  }

  publish(id: string, _address: string, ports: readonly PublishedPort[]): Promise<void> {
    if (ports.length > 0) this.ports.set(id, ports);
    return Promise.resolve();
  }

  release(id: string): Promise<void> {
    this.routes.delete(id);
    this.ports.delete(id);
    return Promise.resolve();
  }

  homeMounts(): Promise<{ followed: []; unfollowed: [] }> {
    return Promise.resolve({ followed: [], unfollowed: [] });
  }
}
