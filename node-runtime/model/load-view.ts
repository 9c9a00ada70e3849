/** What is known of a member's load, its own word: as `plumpos ctl getload NODE --json` prints it. */
export interface LoadRow {
  readonly overlay: string;
  /** CPU wanted: 100 = one process that computes. */
  readonly work: number;
  /** Of one CPU; 10 000 = the reference. */
  readonly speed: number;
  readonly cpus: number;
  /** Memory a new job could have, MB. */
  readonly freeMB: number;
  /** openMosix's load: 100 = one process that computes for each CPU of standard speed. */
  readonly load: number;
  /** Percent of its CPUs that are wanted, 100 at most. */
  readonly utilization: number;
  /** It takes no guests. */
  readonly blocked: boolean;
  /** It has no memory left. */
  readonly pressed: boolean;
  /** Milliseconds since it said so. */
  readonly ageMs: number;
}
