import { PlumpError } from '../../base/errors.ts';
import type { HostOps } from '../../model/guest-ops.ts';

/** The same member, and `heard` called whenever it answered, be it with a refusal. */
export function listening(ops: HostOps, heard: () => void): HostOps {
  const listen = async <T>(answer: Promise<T>): Promise<T> => {
    try {
      const value = await answer;
      heard();
      return value;
    } catch (error) {
      if (error instanceof PlumpError && error.code !== 'PLUMP_UNREACHABLE') heard();
      throw error;
    }
  };
  return {
    reserve: (...args) => listen(ops.reserve(...args)),
    start: (...args) => listen(ops.start(...args)),
    cantmove: (...args) => listen(ops.cantmove(...args)),
    quiet: (...args) => listen(ops.quiet(...args)),
    dump: (...args) => listen(ops.dump(...args)),
    send: (...args) => listen(ops.send(...args)),
    restore: (...args) => listen(ops.restore(...args)),
    unlock: (...args) => listen(ops.unlock(...args)),
    prepared: (...args) => listen(ops.prepared(...args)),
    go: (...args) => listen(ops.go(...args)),
    resume: (...args) => listen(ops.resume(...args)),
    discard: (...args) => listen(ops.discard(...args)),
    signal: (...args) => listen(ops.signal(...args)),
    nice: (...args) => listen(ops.nice(...args)),
    steer: (...args) => listen(ops.steer(...args)),
    list: () => listen(ops.list()),
  };
}
