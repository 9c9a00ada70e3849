import { boolean, type Decoded, integer, list, object } from '../base/decoder.ts';

/**
 * Which members a job may be on, as openMosix' migfilter, migpolicy and mignodes said it. Members go by their numbers: one that is
 * booted again has another key, but keeps its number.
 */
export const decodeJobMask = object({
  /** migfilter: does the rest count? */
  filter: boolean,
  /** migpolicy: on these members only, or on all but these. */
  allow: boolean,
  /** mignodes; 0 is a member without a number. */
  nodes: list(integer(0, 65_535), 4096),
});
export type JobMask = Decoded<typeof decodeJobMask>;

/** What holds where nothing was said. */
export const NO_MASK: JobMask = { filter: false, allow: false, nodes: [] };
