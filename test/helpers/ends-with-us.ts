/**
 * A command line for a program that must not outlive the test that started it, however that ends (Ctrl-C, a kill, a defect): the
 * kernel sends it SIGTERM then, so that it can still tidy up. Its pid stays the one of the command.
 */
export function endsWithUs(command: readonly string[]): readonly [string, ...string[]] {
  return ['setpriv', '--pdeathsig', 'TERM', '--', ...command];
}
