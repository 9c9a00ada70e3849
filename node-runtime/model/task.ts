/** What the kernel says about a task, as far as it matters for moving it. */
export interface TaskStatus {
  /** Host pid. */
  readonly hostPid: number;
  /** Pid inside the job. */
  readonly pid: number;
  readonly name: string;
  /** `T` stopped, `t` traced … */
  readonly state: string;
  readonly tracer: number;
  readonly uids: readonly number[];
  readonly gids: readonly number[];
  readonly groups: readonly number[];
  readonly noNewPrivileges: boolean;
  /** Inheritable, permitted, effective, bounding, ambient, as the kernel writes them. */
  readonly capabilities: readonly string[];
}
