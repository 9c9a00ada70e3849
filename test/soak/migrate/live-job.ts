import type { Look } from './jobs-on-head.ts';
import type { JobPlan } from './kinds.ts';

/** A job of the soak from its start to its verdict, as the soak knows it. */
export class LiveJob {
  readonly plan: JobPlan;
  pid: number | undefined;
  /** Its id at home. */
  id = '';
  /** Where it was seen last, as home knows. */
  host: string | undefined;
  state = 'new';
  ended = false;
  /** Members it is asked to go from and to. */
  asked: readonly [string, string] | undefined;
  readonly killedHosts = new Set<string>();
  /** For whoever has to find out what became of it. */
  readonly story: string[] = [];

  constructor(plan: JobPlan) {
    this.plan = plan;
  }

  /** Takes from a look what is about this one. */
  see({ jobs, pids, ended }: Look): void {
    this.pid = pids[this.plan.id] ?? this.pid;
    this.ended = ended.has(this.plan.id);
    const view = jobs?.find(({ pid }) => pid === this.pid);
    if (view === undefined) return;
    if (view.host !== this.host) this.story.push(`on ${view.host}`);
    [this.id, this.state, this.host] = [view.id, view.state, view.state === 'queued' ? undefined : view.host];
  }

  /** Can it be asked to move? */
  get ready(): boolean {
    return !this.ended && this.asked === undefined && this.state === 'running' && this.host !== undefined;
  }

  /** May the member have it: is it there, or on its way from, to or through? */
  mayBeOn(member: string): boolean {
    if (this.host === undefined || this.host === member) return true;
    return this.state === 'moving' || (this.asked?.includes(member) ?? false);
  }

  losesPower(member: string): void {
    if (!this.mayBeOn(member)) return;
    this.killedHosts.add(member);
    this.story.push(`${member} lost its power`);
  }
}
