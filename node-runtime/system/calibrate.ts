import { PlumpError } from '../base/errors.ts';
import type { CoreRates } from '../model/speed.ts';
import { CALIBRATE } from './native-program.ts';
import { runCommand, type RunCommand } from './run-command.ts';

/**
 * Measures hardware cores, all at the same time, within 2 s where the machine is not busy and 15 s where it is.
 * @param cores the CPUs of each, one or more
 * @throws PlumpError PLUMP_TOOL when the program fails, PLUMP_BUSY when it got too little of a CPU to say
 */
export async function calibrate(
  cores: readonly (readonly number[])[],
  run: RunCommand = runCommand,
): Promise<readonly CoreRates[]> {
  const output = await run(
    CALIBRATE,
    cores.map((cpus) => cpus.join(',')),
  );
  const lines = output.trim().split('\n');
  if (lines.length !== cores.length) throw notUnderstood(output);
  return lines.map((line, i) => coreRates(line, (cores[i] ?? []).length));
}

/** `INTEGER FLOAT`, and the same of one of several busy siblings. */
function coreRates(line: string, cpus: number): CoreRates {
  const numbers = line.split(' ').map(Number);
  if (numbers.length !== (cpus > 1 ? 4 : 2) || !numbers.every((rate) => Number.isSafeInteger(rate) && rate >= 0))
    throw notUnderstood(line);
  if (numbers.includes(0)) throw new PlumpError('PLUMP_BUSY', 'the machine is too busy to be measured');
  const [integer = 0, float = 0, sharedInteger = 0, sharedFloat = 0] = numbers;
  const alone = { integer, float };
  return cpus > 1 ? { alone, shared: { integer: sharedInteger, float: sharedFloat } } : { alone };
}

function notUnderstood(text: string): PlumpError {
  return new PlumpError('PLUMP_TOOL', `calibrate said '${text.slice(0, 80)}'`);
}
