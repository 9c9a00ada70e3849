import { runProgram } from './base/cli.ts';
import { processIo } from './base/process-io.ts';
import { toolVerbs } from './commands/verbs.ts';

/** Entry of the command-line tools on a member: words -> verb -> exit status. */
void runProgram(
  { verbs: toolVerbs, examples: ['plumpos nodes', 'plumpos status', 'sudo plumpos leave'], version: '7.0.0-alpha.1' },
  process.argv.slice(2),
  processIo(),
).then((status) => {
  process.exitCode = status;
});
