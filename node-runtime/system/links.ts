import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import type { Clock } from '../base/clock.ts';

/** A network card as the kernel shows it. */
export interface Link {
  readonly name: string;
  readonly mac: string;
  readonly index: number;
  readonly driver: string;
  /** Cable plugged in and the other end there; only known once the card is up. */
  readonly carrier: boolean;
}

const ETHERNET = '1';
const NET = '/sys/class/net';

/** A device behind it and no antenna: a card of the machine itself, not a bridge or a tunnel. */
export function isWiredCard(name: string): boolean {
  return existsSync(`${NET}/${name}/device`) && !existsSync(`${NET}/${name}/phy80211`);
}

/** All Ethernet cards `accept` takes, in the kernel's order. */
export function readLinks(accept: (name: string) => boolean): Link[] {
  return readdirSync(NET)
    .filter((name) => name !== 'lo' && read(name, 'type') === ETHERNET && accept(name))
    .map((name) => ({
      name,
      mac: read(name, 'address'),
      index: Number(read(name, 'ifindex')),
      driver: driverOf(name),
      carrier: read(name, 'carrier') === '1',
    }))
    .toSorted((a, b) => a.index - b.index);
}

function read(name: string, file: string): string {
  try {
    return readFileSync(`${NET}/${name}/${file}`, 'latin1').trim();
  } catch {
    // `carrier` of a card that is down, or a card that has just gone.
    return '';
  }
}

function driverOf(name: string): string {
  try {
    return path.basename(readlinkSync(`${NET}/${name}/device/driver`));
  } catch {
    return '';
  }
}

const GATHER_MS = 50;
const START_AGAIN_MS = 2000;
/** What changes before the watcher listens, or while it is gone, is seen by looking all the same. */
const LOOK_AT_FIRST_MS = [100, 300, 1000, 2000];
const LOOK_MS = 10_000;

/**
 * Calls back, once per burst, whenever a link may have changed. `ip -j monitor` prints no JSON (evidence f3 §5): it is a
 * trigger only.
 */
export function watchLinks(clock: Clock, changed: () => void): Disposable {
  const timers = new Set<Disposable>();
  let gathering = false;
  let child: ChildProcess | undefined;
  const after = (ms: number, action: () => void) => {
    const timer = clock.after(ms, () => {
      timers.delete(timer);
      action();
    });
    timers.add(timer);
  };
  const gather = () => {
    if (gathering) return;
    gathering = true;
    after(GATHER_MS, () => {
      gathering = false;
      changed();
    });
  };
  const begin = () => {
    child = spawn('ip', ['-o', 'monitor', 'link'], { stdio: ['ignore', 'pipe', 'ignore'] });
    child.stdout?.on('data', gather);
    child.on('error', () => {});
    child.on('close', () => child && after(START_AGAIN_MS, begin));
    for (const ms of LOOK_AT_FIRST_MS) after(ms, changed);
  };
  const lookNowAndThen = () => {
    changed();
    after(LOOK_MS, lookNowAndThen);
  };
  begin();
  after(LOOK_MS, lookNowAndThen);
  return {
    [Symbol.dispose]: () => {
      const last = child;
      child = undefined;
      last?.kill('SIGKILL');
      for (const timer of timers) timer[Symbol.dispose]();
    },
  };
}
