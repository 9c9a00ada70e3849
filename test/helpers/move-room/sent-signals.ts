import type { Job } from '#runtime/core/jobs/job.ts';
import type { MoveRoom } from './move-room.ts';

/** Signals that somebody sends to the jobs of a room, and those that their programs got. */
export class SentSignals {
  readonly #room: MoveRoom;
  /** `taken`: who sent it was told so. */
  readonly #sent: { readonly id: string; readonly signal: number; taken: boolean }[] = [];

  constructor(room: MoveRoom) {
    this.#room = room;
  }

  /** `plumpos kill`, `stop`, `cont`. */
  send({ id }: Job, ...signals: readonly number[]): void {
    for (const signal of signals) {
      const job = this.#room.home.jobs().find((one) => one.id === id);
      if (job === undefined || job.end !== undefined) continue;
      const sent = { id, signal, taken: false };
      this.#sent.push(sent);
      this.#room.home.signal(job, signal).then(
        () => (sent.taken = true),
        () => {},
      );
    }
  }

  /** What a job's program got, wherever it is now. */
  heard({ id }: Job): readonly number[] {
    const guests = [...this.#room.members.values()].flatMap(({ host }) => [...host.guests.values()]);
    return guests.find(({ ref }) => ref.id === id)?.heard ?? [];
  }

  /** What it should have got: what was taken, once and in its order; what was not (the agent was killed just then) it may have. */
  wanted(job: Job): readonly number[] {
    const heard = this.heard(job);
    const sent = this.#sent.filter(({ id, taken, signal }) => id === job.id && (taken || heard.includes(signal)));
    return sent.map(({ signal }) => signal);
  }
}
