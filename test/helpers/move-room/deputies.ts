import type { RelayTable } from '#runtime/core/jobs/home-context.ts';
import type { Job } from '#runtime/core/jobs/job.ts';

/** What a deputy says and ends with. */
interface Told {
  readonly status: number;
  readonly text: string;
}

/** A job's process at home, and what it was told. */
export interface MemoryDeputy {
  readonly pid: number;
  alive: boolean;
  told: Told | undefined;
  /** Where its byte stream goes: a member, or nowhere while it waits. */
  stream: string;
}

/** The deputies of a home, and its relay's table. They outlive the agent, not the machine. */
export class Deputies {
  readonly all = new Map<string, MemoryDeputy>();
  /** What each was told of its end, also when it is gone. */
  readonly told = new Map<string, Told>();

  /** Kills the job's deputy; the agent notices at its next look. */
  kill(job: Job): void {
    this.#of(job).alive = false;
  }

  relay(): RelayTable {
    return {
      wait: async (job) => void (this.#of(job).stream = 'wait'),
      connect: async (job) => void (this.#of(job).stream = job.host),
      over: async (job, status, text) => this.#tell(job, { status, text }),
      remove: async (job) => void this.all.delete(job.id),
    };
  }

  /** The job itself tells its deputy how it ended. */
  hear(id: string, status: number): void {
    const deputy = this.all.get(id);
    if (deputy?.alive !== true) return;
    const told = { status, text: '' };
    Object.assign(deputy, { told, alive: false });
    this.told.set(id, told);
  }

  /** One that is gone already hears nothing. */
  #tell(job: Job, told: Told): void {
    const deputy = this.#of(job);
    if (deputy.alive) this.told.set(job.id, told);
    Object.assign(deputy, { told, alive: false });
  }

  #of(job: Job): MemoryDeputy {
    let found = this.all.get(job.id);
    if (found === undefined) {
      found = { pid: job.deputy.pid, alive: true, told: undefined, stream: '' };
      this.all.set(job.id, found);
    }
    return found;
  }
}
