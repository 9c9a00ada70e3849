/** Something worth telling a person or a tool; kept in a bounded ring, streamed by GET /v1/events. */
export interface ClusterEvent {
  /** Counts from 1 since the agent started. */
  readonly seq: number;
  /** Wall clock, ISO 8601. */
  readonly time: string;
  /** `area.what`, e.g. `member.dead`, `nic.bound`. */
  readonly type: string;
  /** One sentence. */
  readonly text: string;
  /** Plain JSON values beside it. */
  readonly fields: Readonly<Record<string, unknown>>;
}
