import { spawn } from 'node:child_process';
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

/** {@link RunCommand} on this machine. */
export const runCommand: RunCommand = (file, args, { input = '', timeoutMs = 20_000 } = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, LC_ALL: 'C' } });
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
    child.stdout.setEncoding('utf8').on('data', collect('out'));
    child.stderr.setEncoding('utf8').on('data', collect('err'));
    // A program that fails before it has read its input closes the pipe; its exit status says more.
    child.stdin.on('error', () => {}).end(input);
    child.on('error', (error) => failed(error.message, error));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) resolve(output.out);
      else failed(output.err.trim() || (signal ? `killed by ${signal}` : `exit status ${code}`));
    });
  });
