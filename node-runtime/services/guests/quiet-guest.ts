import { connect } from 'node:net';
import type { QuietRecord } from '../../model/guest.ts';
import { PlumpError } from '../../base/errors.ts';
import { relayClose } from '../../system/relay-control.ts';
import type { TaskStatus } from '../../model/task.ts';
import { readTask } from '../../system/task-facts.ts';
import type { Guest } from './guest.ts';

const STREAM_HEAD = 16;
/** A shim that is traced, or has no memory, does not answer; whoever waits for it could not even let the job go on. */
const CLOSE_MS = 10_000;

/** f7 step 3: nobody from outside is connected to the job any more; it still runs. */
export async function quietGuest(guest: Guest): Promise<QuietRecord> {
  if (guest.record.state !== 'running') return { stopped: insideStopped(guest), locks: [] };
  guest.note({ state: 'quiet', stopped: tasksOf(guest).flatMap((task) => (isStopped(task) ? [task.hostPid] : [])) });
  guest.closeRelay();
  await relayClose(guest.ref.id);
  await closeStream(guest.paths.socket, guest.stop.signal);
  await guest.disconnect();
  return { stopped: insideStopped(guest), locks: [] };
}

/** Its processes, now. */
export function tasksOf(guest: Guest): TaskStatus[] {
  return guest.cgroup.pids().flatMap((pid) => readTask(pid) ?? []);
}

export function isStopped({ state }: TaskStatus): boolean {
  return state === 'T';
}

/** Pids inside of those that were stopped before the move. */
export function insideStopped(guest: Guest): number[] {
  const { stopped } = guest.record;
  return tasksOf(guest).flatMap((task) => (stopped.includes(task.hostPid) ? [task.pid] : []));
}

/** Asks the shim to close all its connections, and waits until it has. */
function closeStream(socket: string, stop: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = connect(socket);
    const signal = AbortSignal.any([stop, AbortSignal.timeout(CLOSE_MS)]);
    const givenUp = () => {
      stream.destroy();
      reject(new PlumpError('PLUMP_TIMEOUT', 'the pid 1 of the job does not answer'));
    };
    signal.addEventListener('abort', givenUp, { once: true });
    const bytes = Buffer.alloc(STREAM_HEAD);
    bytes.write('Q', 0, 'latin1');
    stream.on('connect', () => stream.write(bytes));
    stream.on('error', () => resolve());
    stream.on('close', () => resolve());
    stream.resume();
  });
}
