import type { Clock } from '#runtime/base/clock.ts';
import { sleep } from '#runtime/base/clock.ts';
import { PlumpError } from '#runtime/base/errors.ts';
import type { HomeOps, HostOps } from '#runtime/model/guest-ops.ts';
import { type MemoryHost, NEVER } from './memory-host.ts';

/** What may become of the next message. */
export type MessageFault = 'lost' | 'answer lost' | 'late' | 'sent twice';

/** What a message passes. */
export interface WireWorld {
  readonly clock: Clock;
  /** Can the home reach this member now, and does its agent answer? */
  reaches(host: MemoryHost): boolean;
  /** Called at each step of each message: where faults strike. */
  point(label: string): void;
  /** The fault of the message that is being sent. */
  takeFault(): MessageFault | undefined;
}

const LATENCY_MS = 1;
/** Until a connection that cannot be made is given up. */
const CONNECT_MS = 5000;
/** Until a connection that has fallen silent is given up. */
const SILENT_MS = 10_000;
/** A late message comes when its sender has long given up. */
const LATE_MS = 30_000;

/** What a home sees of a member over the overlay: the same operations, through messages that may be lost. */
export function overWire(world: WireWorld, host: MemoryHost, door: () => HostOps): HostOps {
  const call = async (operation: string, run: (ops: HostOps) => Promise<unknown>): Promise<unknown> => {
    const { clock } = world;
    world.point(`${operation} is asked`);
    const fault = world.takeFault();
    if (fault === 'late') void sleep(clock, LATE_MS).then(() => world.reaches(host) && run(door()).catch(() => {}));
    await sleep(clock, LATENCY_MS);
    if (fault === 'sent twice' && world.reaches(host)) void run(door()).catch(() => {});
    if (fault === 'lost' || fault === 'late' || !world.reaches(host)) return unreachable(clock, CONNECT_MS);
    const outcome = await watched(world, host, operation, run(door()));
    world.point(`${operation} is answered`);
    await sleep(clock, LATENCY_MS);
    if (fault === 'answer lost' || !world.reaches(host)) return unreachable(clock, SILENT_MS);
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  };
  return new Proxy({} as HostOps, {
    get:
      (_target, operation: keyof HostOps) =>
      (...args: never[]) =>
        call(operation, (ops) => (ops[operation] as (...all: never[]) => Promise<unknown>)(...args)),
  });
}

/** Home as its own host: no messages, but the same steps. */
export function atHome(world: WireWorld, door: HostOps, alive: () => boolean): HostOps {
  return new Proxy(door, {
    get: (target, operation: keyof HostOps) => {
      return async (...args: never[]): Promise<unknown> => {
        world.point(`${operation} is asked`);
        world.takeFault();
        if (!alive()) return NEVER;
        const value = await (target[operation] as (...all: never[]) => Promise<unknown>)(...args);
        world.point(`${operation} is answered`);
        return value;
      };
    },
  });
}

/** Home, as a host reaches it. */
export function homeOverWire(reaches: () => boolean, home: () => HomeOps): HomeOps {
  const tell = async <T>(work: (ops: HomeOps) => Promise<T>): Promise<T> => {
    if (!reaches()) throw new PlumpError('PLUMP_UNREACHABLE', 'home does not answer');
    return await work(home());
  };
  return {
    exited: (ref, exit) => tell((ops) => ops.exited(ref, exit)),
    takeAway: (ref) => tell((ops) => ops.takeAway(ref)),
    giveAway: (ref, place) => tell((ops) => ops.giveAway(ref, place)),
  };
}

type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** Waits for the host's work, and gives up when its agent dies or it falls silent. */
async function watched(world: WireWorld, host: MemoryHost, what: string, work: Promise<unknown>): Promise<Outcome> {
  const { epoch } = host;
  let outcome: Outcome | undefined;
  work.then(
    (value) => (outcome = { value }),
    (error: unknown) => (outcome = { error }),
  );
  await sleep(world.clock, 50);
  world.point(`${what} is under way`);
  for (let silent = 0; outcome === undefined; await sleep(world.clock, 50)) {
    if (host.epoch !== epoch) return unreachable(world.clock, world.reaches(host) ? 0 : SILENT_MS);
    silent = world.reaches(host) ? 0 : silent + 50;
    if (silent >= SILENT_MS) return unreachable(world.clock, 0);
  }
  return host.epoch === epoch ? outcome : unreachable(world.clock, SILENT_MS);
}

/** Until images that do not get on are given up. */
const STALLED_MS = 20_000;

/** Work that a member does for another over a connection between them: fails when that breaks, or is silent for too long. */
export async function unlessItBreaks(
  way: { readonly clock: Clock; readonly reaches: () => boolean },
  host: MemoryHost,
  run: () => Promise<void>,
): Promise<void> {
  const { epoch } = host;
  let outcome: Outcome | undefined;
  for (let silent = 0, begun = false; outcome === undefined || !way.reaches(); await sleep(way.clock, 50)) {
    silent = way.reaches() ? 0 : silent + 50;
    if (host.epoch !== epoch || silent >= STALLED_MS) throw new PlumpError('PLUMP_TOOL', 'the target does not answer');
    if (begun || silent > 0) continue;
    begun = true;
    run().then(
      () => (outcome = { value: undefined }),
      (error: unknown) => (outcome = { error }),
    );
  }
  if ('error' in outcome) throw outcome.error;
}

async function unreachable(clock: Clock, ms: number): Promise<never> {
  await sleep(clock, ms);
  throw new PlumpError('PLUMP_UNREACHABLE', 'no answer');
}

/** Everything of an agent that is killed stops: what it calls has no effect and never returns. */
export function mortal<T extends object>(parts: T, alive: () => boolean): T {
  return new Proxy(parts, {
    get: (target, name) => {
      const part: unknown = Reflect.get(target, name);
      if (typeof part !== 'function') return part;
      return (...args: unknown[]): unknown => {
        if (!alive()) return NEVER;
        const value: unknown = Reflect.apply(part, target, args);
        if (!(value instanceof Promise)) return value;
        return value.then(
          (one: unknown) => (alive() ? one : NEVER),
          (error: unknown) => (alive() ? Promise.reject(error as Error) : NEVER),
        );
      };
    },
  });
}

/** The same parts, and each call that is listed fails once instead. */
export function failsOnce<T extends object>(parts: T, failing: string[]): T {
  return new Proxy(parts, {
    get: (target, name) => {
      const at = failing.indexOf(String(name));
      if (at < 0) return (Reflect.get(target, name) as (...args: never[]) => unknown).bind(target);
      failing.splice(at, 1);
      return () => Promise.reject(new PlumpError('PLUMP_TOOL', `${String(name)} fails`));
    },
  });
}
