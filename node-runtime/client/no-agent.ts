import path from 'node:path';
import { PlumpError } from '../base/errors.ts';

/** What is thrown where no agent answers, or (PLUMP_DENIED) where it may not be asked. */
export function noAgent(cause: unknown): PlumpError {
  const { code, address } = (cause ?? {}) as { code?: unknown; address?: unknown };
  if (code === 'EACCES')
    return new PlumpError(
      'PLUMP_DENIED',
      `the socket of the agent, ${String(address)}, may not be opened by this user`,
      {
        hint: `ls -ld ${path.dirname(String(address))}: others must be able to enter it (mode 755)`,
        cause,
      },
    );
  return new PlumpError('PLUMP_NO_AGENT', 'no PlumpOS agent runs on this machine', {
    hint: "'sudo plumpos join' makes this machine a member",
    cause,
  });
}
