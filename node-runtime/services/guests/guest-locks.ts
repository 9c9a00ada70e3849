import { readFileSync } from 'node:fs';
import { PlumpError } from '../../base/errors.ts';
import { decodeQuietRecord, type QuietRecord } from '../../model/guest.ts';
import { runShim } from '../../system/shim.ts';
import type { Guest } from './guest.ts';

type Locks = QuietRecord['locks'];

const LOCKS_MS = 30_000;
/** System calls that wait for a lock: fcntl and flock (x86-64). */
const WAITS = /^(72|73) /;

/** What its stopped tasks hold. */
export async function readLocks(guest: Guest): Promise<Locks> {
  return parse((await shim(guest, 'locks')).out);
}

/** f7 step 9: gives its locks away, in the stopped tasks themselves. */
export async function unlockGuest(guest: Guest): Promise<void> {
  if (guest.record.unlocked) return;
  guest.note({ unlocked: true });
  const end = await shim(guest, 'unlock');
  if (end.status !== 0) throw new PlumpError('PLUMP_REFUSED', `its locks cannot be given back: ${end.err || end.out}`);
}

/** f7 A3. @throws PlumpError PLUMP_BUSY while somebody else holds one of them. */
export async function relockGuest(guest: Guest): Promise<void> {
  if (!guest.record.unlocked) return;
  const lines = (guest.record.dump?.quiet.locks ?? []).map((one) => `${JSON.stringify(one)}\n`).join('');
  const end = await shim(guest, 'relock', lines);
  if (end.status !== 0) throw new PlumpError('PLUMP_BUSY', 'somebody else holds a lock of this job now');
  guest.note({ unlocked: false });
}

/** Does the restore wait for a lock, with everything else done? */
export function waitsForLock(guest: Guest): boolean {
  return guest.cgroup.pids().some((pid) => {
    try {
      return WAITS.test(readFileSync(`/proc/${pid}/syscall`, 'latin1'));
    } catch {
      return false;
    }
  });
}

async function shim(guest: Guest, verb: 'locks' | 'unlock' | 'relock', input = '') {
  const pids = guest.cgroup.pids().map(String);
  return await runShim({ args: [verb, ...pids], input, timeoutMs: LOCKS_MS });
}

function parse(text: string): Locks {
  const lines = text.split('\n').filter((line) => line !== '');
  const locks = lines.map((line) => JSON.parse(line) as unknown);
  return decodeQuietRecord({ stopped: [], locks }, 'shim').locks;
}
