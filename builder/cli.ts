import { runProgram } from '#runtime/base/cli.ts';
import { MEMBER_VERBS } from '#runtime/base/other-verbs.ts';
import { printed, processIo } from '#runtime/base/process-io.ts';
import { VERSION } from '#runtime/base/version.ts';
import { builderVerbs } from './commands/verbs.ts';

/** Entry of the workstation's verbs: words -> verb -> exit status. */
const status = await runProgram(
  {
    verbs: builderVerbs,
    examples: ['plumpos build', 'plumpos boot --until joined', 'plumpos lab up 2 --head'],
    version: VERSION,
    otherVerbs: MEMBER_VERBS,
  },
  process.argv.slice(2),
  processIo(),
);
await printed();
process.exit(status);
