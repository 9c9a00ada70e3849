import { PlumpError } from '../base/errors.ts';

/** What is thrown where no agent answers. */
export function noAgent(cause: unknown): PlumpError {
  return new PlumpError('PLUMP_NO_AGENT', 'no PlumpOS agent runs on this machine', {
    hint: "'sudo plumpos join' makes this machine a member",
    cause,
  });
}
