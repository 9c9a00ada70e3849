import { closeSync, mkdirSync, openSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { dlopen } from 'node:ffi';
import path from 'node:path';
import { PlumpError } from '../base/errors.ts';

const CLONE_NEWNET = 0x4000_0000;
const MS_BIND = 4096n;
const MNT_DETACH = 2;
const NSFS_MAGIC = 0x6e73_6673;
/** The network namespace of the calling thread, which is always the main one here. */
const OWN = '/proc/thread-self/ns/net';

const { functions: libc } = dlopen(null, {
  setns: { arguments: ['i32', 'i32'], return: 'i32' },
  unshare: { arguments: ['i32'], return: 'i32' },
  mount: { arguments: ['string', 'string', 'string', 'u64', 'pointer'], return: 'i32' },
  umount2: { arguments: ['string', 'i32'], return: 'i32' },
});

/** Where a network namespace can be entered and left. */
export interface NetworkNamespace {
  /** It was made just now: nothing is in it. */
  readonly fresh: boolean;
  /** Absolute path of its name: what `ip`, `nsenter` and mounts take. */
  readonly path: string;
  /**
   * Does `action` inside and comes back. Strictly synchronous: sockets opened and children started by it belong to the
   * namespace, whatever is awaited later runs outside.
   */
  run<T>(action: () => T): T;
}

/**
 * A named network namespace, made if it is not there. It stays until {@link removeNamespace}: it must survive the agent.
 * @param file its name: a file this function makes and mounts the namespace on, as `ip netns` does, but without making
 * the folder a mount of its own, which would be left behind
 */
export function openNamespace(file: string): NetworkNamespace & Disposable {
  const fresh = !isNamespace(file);
  if (fresh) make(file);
  const home = openSync(OWN, 'r');
  const inside = openSync(file, 'r');
  return {
    fresh,
    path: file,
    run: (action) => enter(inside, home, action),
    [Symbol.dispose]() {
      closeSync(inside);
      closeSync(home);
    },
  };
}

/** Takes the name away; the namespace ends with the last process, socket or descriptor in it. */
export function removeNamespace(file: string): void {
  // A crash between mounting twice cannot be excluded; names are unmounted until none is left.
  while (isNamespace(file)) if (libc.umount2(file, MNT_DETACH) !== 0) throw failure('unmount', file);
  rmSync(file, { force: true });
  try {
    rmdirSync(path.dirname(file));
  } catch {
    // Others have namespaces there, or made the folder a mount: it is not ours alone.
  }
}

function make(file: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, '');
  const home = openSync(OWN, 'r');
  try {
    if (libc.unshare(CLONE_NEWNET) !== 0) throw failure('make', file);
    const mounted = libc.mount(OWN, file, 'none', MS_BIND, null) === 0;
    goHome(home);
    if (!mounted) throw failure('name', file);
  } finally {
    closeSync(home);
  }
}

function enter<T>(inside: number, home: number, action: () => T): T {
  if (libc.setns(inside, CLONE_NEWNET) !== 0) throw failure('enter', 'plumpos');
  try {
    return action();
  } finally {
    goHome(home);
  }
}

/** An agent that stays in the wrong namespace would offer its API and take leases there: it ends instead. */
function goHome(home: number): void {
  if (libc.setns(home, CLONE_NEWNET) !== 0) process.abort();
}

function isNamespace(file: string): boolean {
  try {
    return statfsSync(file).type === NSFS_MAGIC;
  } catch {
    return false;
  }
}

function failure(what: string, file: string): PlumpError {
  return new PlumpError('PLUMP_SYSTEM', `cannot ${what} the network namespace ${file}`, {
    hint: 'the agent must run as root (CAP_SYS_ADMIN)',
  });
}
