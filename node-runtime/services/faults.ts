import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';

/** True in the bundles that tests make (test/helpers/faulty-agents.ts); the builder says false, and nothing of this is in the image. */
declare const PLUMPOS_FAULTS: boolean;

/** `SIDE.OPERATION[.done] ACTION [WORD]`: what is to happen once, and where. */
const FILE = '/run/plumpos/fault';

/** Operations that something may happen before and after, where tests want it. */
export function withFaults<T extends object>(side: 'home' | 'host', operations: T): T {
  return typeof PLUMPOS_FAULTS !== 'undefined' && PLUMPOS_FAULTS ? faulty(side, operations) : operations;
}

function faulty<T extends object>(side: string, operations: T): T {
  return new Proxy(operations, {
    get(target, key) {
      const operation: unknown = Reflect.get(target, key);
      if (typeof operation !== 'function') return operation;
      return async (...words: unknown[]): Promise<unknown> => {
        strike(`${side}.${String(key)}`);
        const value: unknown = await operation.apply(target, words);
        strike(`${side}.${String(key)}.done`);
        return value;
      };
    },
  });
}

function strike(here: string): void {
  const [place, action, word = ''] = wanted();
  if (place !== here || action === undefined) return;
  rmSync(FILE);
  writeFileSync(`${FILE}.done`, here);
  ACTIONS[action as keyof typeof ACTIONS](word);
}

function wanted(): readonly string[] {
  try {
    return readFileSync(FILE, 'utf8').trim().split(' ');
  } catch {
    return [];
  }
}

const ACTIONS = {
  /** The agent is killed. */
  kill: () => process.kill(process.pid, 'SIGKILL'),
  /** The power cord is pulled. */
  power: () => writeFileSync('/proc/sysrq-trigger', 'b'),
  /** Nothing reaches that address any more, and nobody is told. */
  deaf: (address: string) => spawnSync('ip', ['route', 'add', 'blackhole', address]),
} as const;
