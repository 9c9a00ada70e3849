/** openMosix's knobs of a member, as `plumpos ctl` sets them. */
export interface Knobs {
  /** No job leaves by itself. */
  readonly stay: boolean;
  /** This member's own jobs do not leave by themselves; guests may. */
  readonly lstay: boolean;
  /** No guests are taken. */
  readonly block: boolean;
  /** Nothing is told of load here, nor heard: nobody comes or goes for it. */
  readonly quiet: boolean;
}

/** A node as it boots. */
export const OPEN_KNOBS: Knobs = { stay: false, lstay: false, block: false, quiet: false };

/** Nothing comes and nothing goes. */
export const CLOSED_KNOBS: Knobs = { stay: true, lstay: true, block: true, quiet: false };
