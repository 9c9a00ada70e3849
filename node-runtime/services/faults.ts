import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { PlumpError } from '../base/errors.ts';

/** True in the bundles that tests make (test/helpers/agents.ts); the builder says false, and nothing of this is in the image. */
declare const PLUMPOS_FAULTS: boolean;

/** Lines of `SIDE.OPERATION[.done] ACTION [WORD]`: what is to happen once, and where. */
const FILE = '/run/plumpos/fault';
const LOOK_MS = 50;

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
        await strike(`${side}.${String(key)}`);
        const value: unknown = await operation.apply(target, words);
        await strike(`${side}.${String(key)}.done`);
        return value;
      };
    },
  });
}

async function strike(here: string): Promise<void> {
  const lines = wanted();
  const line = lines.find((one) => one.startsWith(`${here} `));
  if (line === undefined) return;
  const [, action, word = ''] = line.split(' ');
  writeFileSync(FILE, lines.filter((one) => one !== line).join('\n'));
  appendFileSync(`${FILE}.done`, `${here}\n`);
  await ACTIONS[action as keyof typeof ACTIONS](word);
}

function wanted(): readonly string[] {
  try {
    return readFileSync(FILE, 'utf8').trim().split('\n');
  } catch {
    return [];
  }
}

/** Waits for the next criu, and kills it so many seconds later. */
const KILL_CRIU = `i=0; until pidof criu || [ $((i += 1)) -gt 600 ]; do sleep 0.05; done; sleep "$0"; kill -9 $(pidof criu)`;

const ACTIONS = {
  /** The agent is killed. */
  kill: () => process.kill(process.pid, 'SIGKILL'),
  /** The power cord is pulled. */
  power: () => writeFileSync('/proc/sysrq-trigger', 'b'),
  /** It stands still until somebody makes the file that lets it go on: meanwhile anything can be done, anywhere. */
  hold: async () => {
    while (!existsSync(`${FILE}.go`)) await wait(LOOK_MS);
  },
  /** It fails, and says so. */
  fail: () => {
    throw new PlumpError('PLUMP_REFUSED', 'a test wants this to fail');
  },
  criu: (seconds: string) => spawn('sh', ['-c', KILL_CRIU, seconds], { stdio: 'ignore', detached: true }).unref(),
} as const;
