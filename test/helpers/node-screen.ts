import { setTimeout as wait } from 'node:timers/promises';
import { readTextScreen } from '#builder/lab/text-screen.ts';
import type { Vm } from '#builder/lab/types.ts';

const LONGEST_MS = 120_000;

/** The text on a PC's screen once it holds what is waited for. @throws Error with the screen's text when it does not */
export async function screenWith(vm: Vm, pattern: RegExp): Promise<string> {
  const limit = AbortSignal.timeout(LONGEST_MS);
  for (;;) {
    const screen = (await readTextScreen(vm.qmp)).join('\n');
    if (pattern.test(screen)) return screen;
    if (limit.aborted) throw new Error(`the screen does not show ${pattern}, but:\n${screen}`);
    await wait(500);
  }
}
