import type { JobView } from '#runtime/model/job.ts';
import type { LabUnderTest } from './lab.ts';

const USER = 'alice';

/** Endless loops of alice's, which the balancer of a room has to find places for. */
export class Loops implements AsyncDisposable {
  readonly #lab: LabUnderTest;
  readonly #home: string;
  #pids: readonly string[] = [];

  private constructor(lab: LabUnderTest, home: string) {
    this.#lab = lab;
    this.#home = home;
  }

  /** Starts so many at the head, all at home. */
  static async start(lab: LabUnderTest, count: number, home = 'head'): Promise<Loops> {
    const loops = new Loops(lab, home);
    const one = `plumpos run --home --detach -- awk 'BEGIN { for (;;) n++ }' </dev/null`;
    const { status, stdout, stderr } = await lab.as(home, USER, `for i in $(seq ${count}); do ${one} || exit; done`);
    loops.#pids = stdout.trim().split('\n');
    if (status !== 0) throw new Error(`a loop does not start: ${stderr}`);
    return loops;
  }

  /** How many are on each member. */
  counts(): Promise<Counts> {
    return countsOf(this.#lab, this.#home);
  }

  /** {@link counts} at the first moment at which they are not so, or after so many seconds in which they always were. */
  async while(good: (counts: Counts) => boolean, seconds: number): Promise<Counts> {
    return this.#lab.until(
      () => this.counts(),
      (counts) => !good(counts),
      seconds,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lab.as(this.#home, USER, `plumpos kill -9 ${this.#pids.join(' ')}`);
    await this.#lab.until(
      () => jobsOf(this.#lab, this.#home),
      (jobs) => jobs.length === 0,
      120,
    );
  }
}

/** Starts so many of loop.py, which compute until {@link endLoops}; tells what all of them printed. @param options of `plumpos run` */
export function startLoops(lab: LabUnderTest, count: number, options: string): Promise<string> {
  const run = `plumpos run ${options} -- python3 loop.py </dev/null >out.$i`;
  const script = `rm -f go out.*; for i in $(seq ${count}); do ${run} & done; wait; cat out.*`;
  const done = lab.as('head', USER, script);
  done.catch(() => {});
  return done.then(({ stdout }) => stdout);
}

export async function endLoops(lab: LabUnderTest): Promise<void> {
  await lab.as('head', USER, 'touch go');
}

/** Alice's jobs at their home. */
export async function jobsOf(lab: LabUnderTest, home = 'head'): Promise<readonly JobView[]> {
  const { stdout } = await lab.as(home, USER, 'plumpos ps --json');
  return JSON.parse(stdout || '[]') as JobView[];
}

/** Jobs by the name of their member; 0 of those that have none. One that is moving is where it comes from. */
export type Counts = (member: string) => number;

/** How many of alice's jobs are on each member. */
export async function countsOf(lab: LabUnderTest, home = 'head'): Promise<Counts> {
  const jobs = await jobsOf(lab, home);
  return (member) => jobs.filter(({ host }) => host === member).length;
}
