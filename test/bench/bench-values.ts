import { runProgram } from '#runtime/base/cli.ts';
import type { OptionTable, Values } from '#runtime/base/options.ts';
import { defineVerb } from '#runtime/base/verb.ts';
import { VERSION } from '#runtime/base/version.ts';
import { scriptIo } from '../helpers/script-io.ts';

/** What a benchmark measures, for its `--help`. */
interface Bench<T extends OptionTable> {
  readonly name: string;
  readonly summary: string;
  readonly options: T;
}

/** The options a benchmark was called with. Ends this process where they ask for help only, or cannot be; Ctrl-C ends it at any time. */
export async function benchValues<const T extends OptionTable>({
  name,
  summary,
  options,
}: Bench<T>): Promise<Values<T>> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));
  let found: Values<T> | undefined;
  const verb = defineVerb<T>({
    name: `bench ${name}`,
    group: 'Benchmarks',
    summary,
    details: 'Prints what it measured as a table, and asserts nothing.',
    examples: [`plumpos bench ${name}`],
    options,
    async run({ values }) {
      found = values;
      return 0;
    },
  });
  const program = { verbs: [verb], examples: [], version: VERSION };
  const io = scriptIo(new AbortController().signal);
  const status = await runProgram(program, [verb.name, ...process.argv.slice(2)], io);
  return found ?? process.exit(status);
}
