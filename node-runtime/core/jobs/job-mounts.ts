import type { GuestPaths } from '../../model/guest-paths.ts';
import type { HomeMount, JobSpec, NfsAccess } from '../../model/job-spec.ts';
import { JOBS_OWN } from './home-mounts.ts';

/** A mount for the shim to make; `target` is below the root it is told. `tree`: a bind with all that is mounted below, now or later; `detach`: nothing more is mounted there. */
export interface JobMount {
  readonly kind: 'bind' | 'tree' | 'detach' | 'nfs4' | 'proc' | 'sysfs' | 'devpts' | 'tmpfs' | 'mask';
  readonly source: string;
  readonly target: string;
  readonly flags: readonly ('ro' | 'nosuid' | 'nodev' | 'noexec')[];
  readonly data?: string;
}

/** Who serves the files to whom, by overlay addresses. */
export interface NfsEnds {
  readonly home: string;
  readonly self: string;
}

/** What of /proc tells of the machine, or touches it. */
const MASKED = 'cmdline kcore keys key-users sysrq-trigger timer_list partitions diskstats swaps sched_debug'.split(
  ' ',
);
/** Home's group for terminals. */
const TTY_GROUP = 5;
const CLOSED = ['nosuid', 'nodev', 'noexec'] as const;

/** All mounts of a job that is started here, in order: home's, then its own. */
export function launchMounts(spec: JobSpec, paths: GuestPaths, ends: NfsEnds): JobMount[] {
  const files = homeFiles(spec, ends);
  const own: JobMount[] = [
    { kind: 'proc', source: 'proc', target: '/proc', flags: CLOSED },
    { kind: 'bind', source: paths.dev, target: '/dev', flags: ['nosuid'] },
    {
      kind: 'devpts',
      source: 'devpts',
      target: '/dev/pts',
      flags: ['nosuid', 'noexec'],
      data: `newinstance,ptmxmode=0666,mode=0620,gid=${TTY_GROUP}`,
    },
    { kind: 'tmpfs', source: 'shm', target: '/dev/shm', flags: ['nosuid', 'nodev'], data: 'mode=1777' },
    { kind: 'sysfs', source: 'sysfs', target: '/sys', flags: ['ro', ...CLOSED] },
    ...MASKED.map((name): JobMount => ({ kind: 'mask', source: '', target: `/proc/${name}`, flags: [] })),
    { kind: 'bind', source: `${paths.root}/proc/sys`, target: '/proc/sys', flags: ['ro', ...CLOSED] },
  ];
  return [...files, ...own];
}

function homeFiles({ nfs, mounts, stays }: JobSpec, ends: NfsEnds): JobMount[] {
  if (nfs) return mounts.map((one) => served(one, nfs, ends, one.path));
  return stays ? [{ ...bind('/', ['nosuid', 'nodev']), kind: 'tree' }, ...JOBS_OWN.map(detach)] : mounts.map(local);
}

/** Home's mounts beside each other, below the guest's folder, for CRIU to put in their places. */
export function restoreMounts(spec: JobSpec, nfs: NfsAccess, ends: NfsEnds): JobMount[] {
  return spec.mounts.map((one, i) => served(one, nfs, ends, i === 0 ? '/root' : `/m/${i}`));
}

/** CRIU's words for what it does not make itself: at the dump… */
export function dumpExternals(spec: JobSpec): string[] {
  const mounts = spec.mounts.slice(1).map((one, i) => `mnt[${one.path}]:m${i + 1}`);
  return ['mnt[/dev]:dev', ...mounts];
}

/** … and at the restore. */
export function restoreExternals(spec: JobSpec, paths: GuestPaths): string[] {
  const mounts = spec.mounts.slice(1).map((_, i) => `mnt[m${i + 1}]:${paths.mounts}/${i + 1}`);
  return [`mnt[dev]:${paths.dev}`, ...mounts];
}

/** As the shim takes it. */
export function mountRecord({ kind, source, target, flags, data = '' }: JobMount): string {
  return [kind, source, target, flags.join(','), data].join('\t');
}

function local(mount: HomeMount): JobMount {
  return bind(mount.path, flagsOf(mount));
}

function detach(target: string): JobMount {
  return { kind: 'detach', source: '', target, flags: [] };
}

function bind(path: string, flags: JobMount['flags']): JobMount {
  return { kind: 'bind', source: path, target: path, flags };
}

function served(mount: HomeMount, nfs: NfsAccess, { home, self }: NfsEnds, target: string): JobMount {
  const path = mount.path === '/' ? '' : mount.path;
  return {
    kind: 'nfs4',
    source: `[${home}]:${nfs.root}${path}`,
    target,
    flags: flagsOf(mount),
    data:
      `port=${nfs.port},vers=4.2,proto=tcp6,sec=sys,hard,actimeo=1,lookupcache=positive,` +
      `addr=${home},clientaddr=${self}`,
  };
}

function flagsOf(mount: HomeMount): JobMount['flags'] {
  const flags = ['nosuid', 'nodev'] as const;
  return [...flags, ...(mount.readOnly ? (['ro'] as const) : []), ...(mount.noexec ? (['noexec'] as const) : [])];
}
