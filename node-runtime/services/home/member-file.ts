import { boolean, integer, list, object, text } from '../../base/decoder.ts';
import type { Log } from '../../base/log.ts';
import { messageOf } from '../../base/errors.ts';
import type { MemberMemory } from '../../core/jobs/contacts.ts';
import { keepState, recallState } from '../../system/state-file.ts';

const decode = list(object({ overlay: text(), macs: list(text()), booted: integer(), name: text(), left: boolean }));

/** Members as this machine has seen them since it was started, in a file for the next agent. */
export function memberFile(file: string, log: Log): MemberMemory {
  return {
    load() {
      return new Map((recallState(file, decode, log) ?? []).map(({ overlay, ...seen }) => [overlay, seen]));
    },
    keep(members) {
      try {
        keepState(
          file,
          [...members].map(([overlay, seen]) => ({ overlay, ...seen })),
        );
      } catch (error) {
        log.warn(`what is known of members cannot be kept: ${messageOf(error)}`);
      }
    },
  };
}
