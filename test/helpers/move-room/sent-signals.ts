import type { PlumpError } from '#runtime/base/errors.ts';
import type { Job } from '#runtime/core/jobs/job.ts';
import type { MoveRoom } from './move-room.ts';

interface Sent {
  readonly id: string;
  readonly signal: number;
  /** What its sender was told; missing when the agent was killed just then. */
  said?: 'done' | 'silent' | 'refused';
}

/** Signals that somebody sends to the jobs of a room, and those that their programs got. */
export class SentSignals {
  readonly #room: MoveRoom;
  readonly #sent: Sent[] = [];

  constructor(room: MoveRoom) {
    this.#room = room;
  }

  /** `plumpos kill`, `stop`, `cont`. */
  send({ id }: Job, ...signals: readonly number[]): void {
    for (const signal of signals) {
      const job = this.#room.home.jobs().find((one) => one.id === id);
      if (job === undefined || job.end !== undefined) continue;
      const sent: Sent = { id, signal };
      this.#sent.push(sent);
      this.#room.home.signal(job, signal).then(
        () => (sent.said = 'done'),
        (error: PlumpError) => (sent.said = error.code === 'PLUMP_UNREACHABLE' ? 'silent' : 'refused'),
      );
    }
  }

  /** What a job's program got, wherever it is now. */
  heard({ id }: Job): readonly number[] {
    const guests = [...this.#room.members.values()].flatMap(({ host }) => [...host.guests.values()]);
    return guests.find(({ ref }) => ref.id === id)?.heard ?? [];
  }

  /** What it should have got, each once and in its order. What nobody was told to be done it may have. */
  wanted(job: Job): readonly number[] {
    const heard = this.heard(job);
    const open = (said: string | undefined) => said === undefined || said === 'silent';
    const sent = this.#sent.filter(({ id, said, signal }) => id === job.id && (!open(said) || heard.includes(signal)));
    return sent.map(({ signal }) => signal);
  }
}
