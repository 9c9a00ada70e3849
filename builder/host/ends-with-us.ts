/**
 * A command line for a program that must not outlive the process that started it, however that ends (Ctrl-C, a kill, a defect):
 * the kernel sends it the signal then; SIGTERM lets it tidy up. setpriv (util-linux, on every Debian) asks for that, then becomes
 * the program: its pid stays the one of the command.
 */
export function endsWithUs(command: readonly string[], signal: 'TERM' | 'KILL'): readonly [string, ...string[]] {
  return ['setpriv', '--pdeathsig', signal, '--', ...command];
}
