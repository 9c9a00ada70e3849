import type { JobSpec } from '#runtime/model/job-spec.ts';

/** A job of an ordinary user, for tests. */
export function jobSpec(patch: Partial<JobSpec> = {}): JobSpec {
  return {
    user: { uid: 1000, gid: 1000, groups: [1000, 44] },
    pid: 4711,
    hostName: 'head',
    cwd: '/home/alice',
    umask: 0o022,
    nice: 0,
    rlimits: [{ resource: 7, soft: '1024', hard: '18446744073709551615' }],
    argv: ['awk', 'BEGIN {}'],
    env: ['HOME=/home/alice'],
    stdio: ['pipe', { flags: 0o1101, offset: 7, path: '/home/alice/out' }, 'null'],
    mounts: [{ path: '/', readOnly: false, noexec: false, fsid: 1000 }],
    stays: false,
    network: { address: '10.77.1.5' },
    limits: {},
    orphanMs: 900_000,
    ...patch,
  };
}
