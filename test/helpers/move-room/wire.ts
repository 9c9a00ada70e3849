import type { Clock } from '#runtime/base/clock.ts';
import { sleep } from '#runtime/base/clock.ts';
import { PlumpError } from '#runtime/base/errors.ts';
import type { HostOps } from '#runtime/model/guest-ops.ts';
import { type MemoryHost, NEVER } from './memory-host.ts';

/** What may become of the next message. */
export type MessageFault = 'lost' | 'answer lost' | 'late';

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
