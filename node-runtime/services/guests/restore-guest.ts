import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { sleep } from '../../base/clock.ts';
import { PlumpError } from '../../base/errors.ts';
import { isFit } from '../../core/jobs/host-rules.ts';
import { mountRecord, restoreExternals, restoreMounts } from '../../core/jobs/job-mounts.ts';
import type { DumpRecord } from '../../model/guest.ts';
import type { JobSpec } from '../../model/job-spec.ts';
import { rearmTimers } from '../../network/criu-image/timer-descriptors.ts';
import { restoreArgs } from '../../system/criu/criu-args.ts';
import { removeMounts } from '../../system/guest-dev.ts';
import { openNamespace } from '../../system/netns.ts';
import { runShim, type ShimRecord } from '../../system/shim.ts';
import { checkGuest, checkGuestImages } from './check-guest.ts';
import { errorsOf } from './dump-guest.ts';
import type { Guest } from './guest.ts';
import { waitsForLock } from './guest-locks.ts';
import { isStopped, tasksOf } from './quiet-guest.ts';

const RESTORE_MS = 120_000;
const LOOK_MS = 50;
/** A job's own, the first in a devpts of its own. */
const TERMINAL = '/dev/pts/0';

/** f7 steps 7 and 8. The restore goes on by itself; {@link preparedGuest} waits for its end. */
export async function restoreGuest(
  guest: Guest,
  spec: JobSpec,
  token: string,
  dump: DumpRecord,
): Promise<'queued' | 'prepared'> {
  const { record } = guest;
  if (token !== record.token) throw new PlumpError('PLUMP_REFUSED', 'another token was agreed on for this job');
  if (record.state === 'prepared') return 'prepared';
  if (!guest.restoring) {
    if (!record.images) throw new PlumpError('PLUMP_REFUSED', 'its images have not come');
    if (!isFit(spec)) throw new PlumpError('PLUMP_REFUSED', 'it cannot leave its home');
    guest.note({ spec, dump, state: 'restoring' });
    guest.restoring = restoreAll(guest, spec, dump);
    guest.restoring.catch(() => {});
  }
  const done = guest.restoring.then(() => true);
  if (dump.quiet.locks.length > 0) {
    const wait = () => sleep(guest.world.clock, LOOK_MS).then(() => false);
    while (!(await Promise.race([done, wait()]))) if (waitsForLock(guest)) return 'queued';
  }
  await done;
  return 'prepared';
}

/** f7 step 10: waits until it is whole, checked and stopped. */
export async function preparedGuest(guest: Guest): Promise<void> {
  await guest.restoring;
  if (guest.record.state !== 'prepared') throw new PlumpError('PLUMP_REFUSED', 'its restore did not come to an end');
}

async function restoreAll(guest: Guest, spec: JobSpec, dump: DumpRecord): Promise<void> {
  const { paths, names, world, cgroup } = guest;
  for (const [i] of spec.mounts.entries()) if (i > 0) mkdirSync(`${paths.mounts}/${i}`, { recursive: true });
  // Made while the images came, where they were announced with it.
  if (guest.address !== undefined && guest.address !== guest.record.want.address)
    await world.links.make(names, guest.address);
  setWindowScaling(names.namespace, false);
  checkGuestImages(guest, spec);
  repairTimers(`${paths.images}/files.img`);
  cgroup.make(spec.limits);
  const end = await world.identifiers.use(spec.nfs?.identifier ?? '', () =>
    runShim({
      args: ['restore', '--', 'criu', ...restoreArgs({ ...paths, externals: restoreExternals(spec, paths) })],
      records: records(guest, spec),
      timeoutMs: RESTORE_MS,
      signal: guest.stop.signal,
    }),
  );
  if (end.status !== 0)
    throw new PlumpError(
      'PLUMP_REFUSED',
      `CRIU cannot restore it: ${errorsOf(`${paths.images}/restore.log`) || end.err}`,
    );
  guest.note({ pid: Number(readFileSync(paths.pidFile, 'latin1')), stopped: stoppedBefore(guest, dump) });
  checkGuest(guest, spec, dump);
  guest.note({ state: 'prepared' });
}

function repairTimers(file: string): void {
  const image = readFileSync(file);
  if (rearmTimers(image) > 0) writeFileSync(file, image);
}

/** f7 step 13: its cable is plugged in, and it runs. */
export async function letGo(guest: Guest): Promise<void> {
  if (guest.record.state === 'running') return;
  if (guest.record.state !== 'prepared') throw new PlumpError('PLUMP_REFUSED', 'it is not prepared to run');
  await guest.connect();
  setWindowScaling(guest.names.namespace, true);
  guest.openRelay();
  continueTasks(guest);
  removeMounts([guest.paths.images]);
  guest.note({ state: 'running', images: false });
}

/** Everything runs again, but for what was stopped before the move. */
export function continueTasks(guest: Guest): void {
  const { stopped } = guest.record;
  for (const task of tasksOf(guest))
    if (isStopped(task) && !stopped.includes(task.hostPid)) process.kill(task.hostPid, 'SIGCONT');
}

function records(guest: Guest, spec: JobSpec): ShimRecord[] {
  const { paths, names, ref, world } = guest;
  const ends = { home: ref.home, self: world.self };
  const mounts = spec.nfs ? restoreMounts(spec, spec.nfs, ends) : [];
  return [
    ['overlayns', world.namespaceFile],
    ['cgroup', guest.cgroup.folder],
    ['netns', names.namespace],
    ['root', paths.folder],
    ...mounts.map((one) => ['mount', mountRecord(one)] as const),
    ...(spec.terminal ? [['tty', TERMINAL] as const] : []),
    ...spec.user.groups.map((group) => ['group', String(group)] as const),
  ];
}

function stoppedBefore(guest: Guest, dump: DumpRecord): number[] {
  return tasksOf(guest).flatMap((task) => (dump.quiet.stopped.includes(task.pid) ? [task.hostPid] : []));
}

/**
 * Off while connections are restored, or those whose other end does not scale windows are told of one of four bytes
 * (evidence f7 §6).
 */
function setWindowScaling(namespace: string, on: boolean): void {
  using inside = openNamespace(namespace);
  inside.run(() => writeFileSync('/proc/sys/net/ipv4/tcp_window_scaling', on ? '1' : '0'));
}
