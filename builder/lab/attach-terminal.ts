import type { Vm } from './types.ts';

const CTRL_C = 3;

/**
 * Puts a VM's serial console on this process' terminal. With `keys` what is typed goes to the guest, but Ctrl-C is ours:
 * it must end everything, whatever the guest makes of it.
 */
export function attachTerminal(vm: Vm, keys: boolean): Disposable {
  using stack = new DisposableStack();
  stack.use(vm.console.onBytes((chunk) => void process.stdout.write(chunk)));
  const { stdin } = process;
  if (keys && stdin.isTTY) {
    const typed = (chunk: Buffer) => {
      if (chunk.includes(CTRL_C)) process.kill(process.pid, 'SIGINT');
      else vm.console.write(chunk);
    };
    stdin.setRawMode(true);
    stdin.on('data', typed);
    stack.defer(() => {
      stdin.off('data', typed);
      stdin.setRawMode(false);
      stdin.pause();
    });
  }
  return stack.move();
}
