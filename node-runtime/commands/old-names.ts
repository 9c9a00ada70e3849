import type { Verb } from '../base/verb.ts';

/** Names openMosix' tools had (reference: the openMosix HOWTO); a head links those that are verbs here. */
const OLD_NAMES = new Set(
  'mosrun runon runhome nomig cpujob iojob nodecay slowdecay fastdecay migrate mosctl mosmon mps mtop showmap setpe tune'.split(
    ' ',
  ),
);

/** The old names these verbs answer to. */
export function oldNamesOf(verbs: readonly Verb[]): string[] {
  return verbs.flatMap((verb) => [verb.name, ...(verb.aliases ?? [])]).filter((name) => OLD_NAMES.has(name));
}
