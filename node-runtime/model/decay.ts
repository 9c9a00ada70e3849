/** How fast a member forgets what its jobs used, as openMosix' setdecay sets it. */
export interface Decay {
  /** Seconds of one interval. */
  readonly intervalS: number;
  /** Of what was, so much of 1000 is left after an interval: jobs with the hints slowdecay and fastdecay. */
  readonly slow: number;
  readonly fast: number;
}

export const MOST_INTERVAL_S = 3600;

/** What holds where nothing was set: a second; fifteen sixteenths, a quarter. */
export const DECAY: Decay = { intervalS: 1, slow: 938, fast: 250 };
