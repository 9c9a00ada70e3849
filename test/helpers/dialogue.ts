import type { Vm } from '#builder/lab/types.ts';

/** At a machine's serial line: types each piece once the answer to the one before is there; only what comes after it counts as its answer. */
export async function dialogue(vm: Vm, pieces: readonly (readonly [string, RegExp])[]): Promise<void> {
  for (const [typed, answer] of pieces) {
    const answered = Promise.withResolvers<void>();
    using _ = vm.console.onLine((line) => answer.test(line) && answered.resolve());
    const timer = setTimeout(
      () =>
        answered.reject(new Error(`no ${answer} after '${typed.trim()}': ${vm.console.lines.slice(-5).join('\n')}`)),
      120_000,
    );
    vm.console.write(typed);
    await answered.promise.finally(() => clearTimeout(timer));
  }
}
