import { runProgram } from './base/cli.ts';
import { messageOf } from './base/errors.ts';
import { WORKSTATION_VERBS } from './base/other-verbs.ts';
import { processIo } from './base/process-io.ts';
import { VERSION } from './base/version.ts';
import { toolVerbs } from './commands/verbs.ts';
import { OLD_NAMES } from './model/old-names.ts';

/**
 * Entry of the command-line tools on a member: words -> verb -> exit status. Called by one of the old names (showmap …),
 * the launcher puts that name before the words.
 */
runProgram(
  {
    verbs: toolVerbs,
    examples: ['plumpos nodes', 'plumpos status', 'sudo plumpos leave'],
    version: VERSION,
    otherVerbs: WORKSTATION_VERBS,
    commands: ['plumpos', ...OLD_NAMES],
  },
  process.argv.slice(2),
  processIo(),
).then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    process.stderr.write(`plumpos: ${messageOf(error)}\n`);
    process.exitCode = 1;
  },
);
