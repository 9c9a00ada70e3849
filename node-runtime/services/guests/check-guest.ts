import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { PlumpError } from '../../base/errors.ts';
import { checkImages } from '../../core/jobs/image-check.ts';
import { launchMounts } from '../../core/jobs/job-mounts.ts';
import { checkRestored, type Expected } from '../../core/jobs/task-check.ts';
import type { DumpRecord } from '../../model/guest.ts';
import type { JobSpec } from '../../model/job-spec.ts';
import { mountsIn, rightsIn } from '../../network/criu-image/decoded.ts';
import { readMounts } from '../../system/mount-table.ts';
import { namespaceInode, readHeldPaths, readNamespaces } from '../../system/task-facts.ts';
import type { Guest } from './guest.ts';
import { tasksOf } from './quiet-guest.ts';

const SHOWN = 5;

/** f7 step 10: every task and every mount is as it was when the job left. @throws PlumpError PLUMP_REFUSED that names what is not. */
export function checkGuest(guest: Guest, spec: JobSpec, dump: DumpRecord): void {
  const tasks = tasksOf(guest).map((task) => ({
    ...task,
    files: readHeldPaths(task.hostPid),
    namespaces: readNamespaces(task.hostPid),
  }));
  const first = tasks.find((task) => task.pid === 1);
  const mounts = first ? readMounts(first.hostPid) : [];
  const expected: Expected = {
    spec,
    dump,
    net: `net:[${namespaceInode(guest.names.namespace)}]`,
    host: readNamespaces('self'),
    mounts: expectedMounts(guest, spec),
  };
  const wrong = checkRestored(tasks, mounts, expected);
  if (wrong.length > 0)
    throw new PlumpError('PLUMP_REFUSED', `what came is not what left: ${wrong.slice(0, SHOWN).join('; ')}`);
}

/** The mounts a job of this specification has, wherever it is. What a machine's /proc has not need not be covered. */
function expectedMounts(guest: Guest, spec: JobSpec): Expected['mounts'] {
  const ends = { home: guest.ref.home, self: guest.world.self };
  const types = { bind: 'proc', mask: 'tmpfs' } as const;
  return launchMounts(spec, guest.paths, ends).map(({ kind, target }) => ({
    path: target,
    type: target === '/dev' ? 'tmpfs' : kind === 'bind' || kind === 'mask' ? types[kind] : kind,
    optional: kind === 'mask' && !existsSync(target),
  }));
}

/** The images themselves, before CRIU reads them as root. @throws PlumpError PLUMP_REFUSED, PLUMP_PROTOCOL */
export function checkGuestImages(guest: Guest, spec: JobSpec): void {
  const { images } = guest.paths;
  const read = (pattern: RegExp) =>
    readdirSync(images).flatMap((name) => (pattern.test(name) ? [readFileSync(`${images}/${name}`)] : []));
  const wrong = checkImages(
    read(/^core-\d+\.img$/).flatMap(rightsIn),
    read(/^mountpoints-\d+\.img$/).flatMap(mountsIn),
    spec.user,
    expectedMounts(guest, spec).map(({ path }) => path),
  );
  if (wrong.length > 0)
    throw new PlumpError('PLUMP_REFUSED', `the images are refused: ${wrong.slice(0, SHOWN).join('; ')}`);
}
