import { execa, type Options } from 'execa';
import { PlumpError } from '#runtime/base/errors.ts';

/** The environment every build tool runs in: nothing of the user's locale, time zone or umask reaches an output. */
export function toolEnvironment(): Record<string, string> {
  return { LC_ALL: 'C', TZ: 'UTC', PATH: process.env['PATH'] ?? '/usr/bin:/bin', HOME: process.env['HOME'] ?? '/' };
}

const LINES_SHOWN = 6;

/**
 * Runs an outside program to its end.
 * @throws PlumpError PLUMP_TOOL with the last lines it printed when it fails, PLUMP_STOPPED when the signal in `options` aborted.
 */
export async function run(
  file: string,
  args: readonly string[],
  options: Options = {},
): Promise<{ stdout: string; stderr: string }> {
  const all = { env: toolEnvironment(), extendEnv: false, stdin: 'ignore', ...options, reject: false } as const;
  const input = options.input === undefined && options.inputFile === undefined ? {} : { stdin: 'pipe' as const };
  const end = await execa(file, args, { ...all, ...input, forceKillAfterDelay: 5000 });
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  if (!end.failed) return { stdout: text(end.stdout), stderr: text(end.stderr) };
  if (end.isCanceled) throw new PlumpError('PLUMP_STOPPED', 'stopped');
  const said = text(end.stderr) || text(end.stdout) || end.shortMessage || '';
  const full = /No space left on device/i.test(said);
  throw new PlumpError(full ? 'PLUMP_DISK' : 'PLUMP_TOOL', `${nameOf(file, args)} failed: ${lastLines(said)}`, {
    cause: end,
    ...(full ? { hint: 'make room on that disk and run the same command again' } : {}),
  });
}

/** A tool run through its loader is called by its own name. */
function nameOf(file: string, args: readonly string[]): string {
  const program = file.includes('ld-linux') ? (args[args.indexOf('--argv0') + 1] ?? file) : file;
  return program.slice(program.lastIndexOf('/') + 1);
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-LINES_SHOWN).join('\n');
}
