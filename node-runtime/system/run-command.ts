import { spawn } from 'node:child_process';
import { dlopen } from 'node:ffi';
import { writeSync } from 'node:fs';
import { PlumpError } from '../base/errors.ts';

/**
 * Runs an outside program and gives its standard output. The child is started before the call returns (so it belongs to
 * the namespace the caller is in at that moment), and killed after `timeoutMs`.
 * @throws PlumpError PLUMP_TOOL with the command and its own words
 */
export type RunCommand = (
  file: string,
  args: readonly string[],
  options?: { readonly input?: string; readonly timeoutMs?: number },
) => Promise<string>;

const MOST_OUTPUT = 16 * 2 ** 20;
const MFD_CLOEXEC = 1;
const { functions: libc } = dlopen(null, {
  memfd_create: { arguments: ['string', 'u32'], return: 'i32' },
  close: { arguments: ['i32'], return: 'i32' },
});

/** {@link RunCommand} on this machine. */
export const runCommand: RunCommand = (file, args, { input = '', timeoutMs = 20_000 } = {}) =>
  new Promise((resolve, reject) => {
    const stdin = inMemory(input);
    const child = spawn(file, args, { stdio: [stdin, 'pipe', 'pipe'], env: { ...process.env, LC_ALL: 'C' } });
    libc.close(stdin);
    const output = { out: '', err: '' };
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    const failed = (why: string, cause?: unknown) => {
      clearTimeout(timer);
      reject(new PlumpError('PLUMP_TOOL', `${file} ${args.join(' ')}: ${why}`, { cause }));
    };
    const collect = (name: 'out' | 'err') => (chunk: string) => {
      output[name] += chunk;
      if (output[name].length > MOST_OUTPUT) child.kill('SIGKILL');
    };
    child.stdout?.setEncoding('utf8').on('data', collect('out'));
    child.stderr?.setEncoding('utf8').on('data', collect('err'));
    child.on('error', (error) => failed(error.message, error));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) resolve(output.out);
      else failed(output.err.trim() || (signal ? `killed by ${signal}` : `exit status ${code}`));
    });
  });

/**
 * The text as a file in memory. Node's pipes to a child are sockets, and `wg` and `nft` open /dev/stdin, which is refused
 * for a socket ("No such device or address", seen); and keys must not lie in a file on a disk.
 */
function inMemory(text: string): number {
  const fd = libc.memfd_create('input', MFD_CLOEXEC);
  if (fd < 0) throw new PlumpError('PLUMP_SYSTEM', 'memfd_create failed');
  // At a given place, so that the child reads from the beginning.
  if (text !== '') writeSync(fd, text, 0);
  return fd;
}
