import type { GuestRef, Reservation } from '../../model/guest.ts';
import type { HostOps } from '../../model/guest-ops.ts';
import type { MemberBalance } from './member-balance.ts';

/** A host whose balancer promises room: whoever comes on the strength of that uses the promise. */
export function withPromises<T extends HostOps>(host: T, balance: () => Pick<MemberBalance, 'reserve'>): T {
  return new Proxy(host, {
    get(target, key) {
      if (key === 'reserve')
        return (ref: GuestRef, want: Reservation) => balance().reserve(ref, want, () => target.reserve(ref, want));
      const part: unknown = Reflect.get(target, key);
      return typeof part === 'function' ? (part.bind(target) as unknown) : part;
    },
  });
}
