import type { NodeView } from '../model/member.ts';
import type { Phase, Status } from '../model/status.ts';
import type { EventRing } from '../services/events.ts';
import type { JobsApi } from '../services/home/jobs-api.ts';
import type { Speed } from '../services/speed.ts';

/** What the agent lets others see and do. */
export interface AgentApi {
  phase(): Phase;
  status(): Status;
  /** Looks at what is looked at only when somebody wants to know. */
  look(): Promise<void>;
  nodes(): readonly NodeView[];
  /** Asks one member (by overlay address) how busy it is, or those of whom that is not known. Done after a second at the latest. */
  askLoads(member?: string): Promise<void>;
  readonly events: EventRing;
  /** Says goodbye to the cluster; done when the others were told. */
  leave(): Promise<void>;
  /** Joins with a join code, or comes back without one. */
  join(code: string | undefined): Promise<void>;
  /** Fixes numbers and peers by a map file; undefined undoes it. */
  setMap(text: string | undefined): void;
  setAddress(nic: string, cidr: string, gateway: string | undefined): Promise<void>;
  readonly jobs: JobsApi;
  readonly speed: Pick<Speed, 'view' | 'tune'>;
  /** Figures beside those of status and nodes, by metric name (`plumpos_…_total`). */
  counters(): Readonly<Record<string, number>>;
}
