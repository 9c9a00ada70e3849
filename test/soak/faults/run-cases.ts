import { messageOf } from '#runtime/base/errors.ts';
import { faultyAgents } from '../../helpers/agents.ts';
import { agentsThatFail, settled } from '../../helpers/faulty-move/blows.ts';
import { play } from '../../helpers/faulty-move/play.ts';
import { MACHINES, type Trial } from '../../helpers/faulty-move/trial.ts';
import { judge } from '../../helpers/faulty-move/verdict.ts';
import { LabUnderTest } from '../../helpers/lab.ts';
import { stopwatch } from '../common/soak-program.ts';
import type { Case } from './cases.ts';
import type { Result } from './report.ts';

/** What takes longer hangs. A cut comes on top. */
const CASE_SECONDS = 900;
const RENEW_SECONDS = 1500;
const RENEW_TRIES = 3;
const LINES_SHOWN = 15;

export interface RunOptions {
  /** Folder of the room. */
  readonly room: string;
  readonly signal: AbortSignal;
  /** Told in one line each, while it goes on. */
  readonly say: (text: string) => void;
}

/** One case after the other. After one that failed all machines are started anew, so that the next finds a room like the first. */
export async function* runCases(cases: readonly Case[], options: RunOptions): AsyncGenerator<Result> {
  await within(options, RENEW_SECONDS, (lab) => faultyAgents(lab, MACHINES));
  for (const one of cases) {
    const result = await resultOf(one, options);
    options.signal.throwIfAborted();
    yield result;
    if (result.wrong.length === 0) continue;
    await showLogs(options);
    await renewed(options);
  }
}

/** On a machine that has much to do something may be late; three times it is broken. */
async function renewed(options: RunOptions): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await within(options, RENEW_SECONDS, renew);
    } catch (error) {
      if (tries === RENEW_TRIES || options.signal.aborted) throw error;
      options.say(`the room does not come up: ${messageOf(error)}`);
    }
  }
}

async function resultOf(one: Case, options: RunOptions): Promise<Result> {
  const seconds = stopwatch();
  try {
    const outcome = await within(options, CASE_SECONDS + longestOf(one), async (lab) => {
      await settled(lab);
      return play(lab, one);
    });
    const { moved, status } = outcome;
    return { name: one.name, seconds: seconds(), moved, status, wrong: judge(one, outcome) };
  } catch (error) {
    const hangs = error instanceof Error && error.name === 'TimeoutError';
    const text = hangs ? 'it hangs' : messageOf(error);
    const wrong = [{ kind: hangs ? 'hangs' : 'trouble', text } as const];
    return { name: one.name, seconds: seconds(), moved: undefined, status: undefined, wrong };
  }
}

function longestOf({ blow }: Trial): number {
  return 'seconds' in blow ? blow.seconds : 0;
}

/** Everything that is asked of the room in this ends with it, in time. */
async function within<T>(
  { room, signal }: RunOptions,
  seconds: number,
  work: (lab: LabUnderTest) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const late = AbortSignal.timeout(seconds * 1000);
  await using lab = new LabUnderTest(room, AbortSignal.any([signal, late, over.signal]));
  try {
    return await work(lab);
  } catch (error) {
    // What was ended for being late says that it was ended.
    late.throwIfAborted();
    throw error;
  } finally {
    over.abort();
  }
}

/** The last words of every agent, for whoever has to find out. */
async function showLogs({ room, say }: RunOptions): Promise<void> {
  for (const machine of MACHINES) {
    const log =
      machine === 'head'
        ? `journalctl -u plumpos -o cat -n ${LINES_SHOWN}`
        : `tail -n ${LINES_SHOWN} /run/plumpos/agent.log`;
    await using lab = new LabUnderTest(room, AbortSignal.timeout(60_000));
    const { stdout } = await lab.exec(machine, ['sh', '-c', log]).catch(() => ({ stdout: '' }));
    for (const line of stdout.split('\n').filter(Boolean)) say(`        ${machine}: ${line}`);
  }
}

/** All cords pulled, all machines on again. */
async function renew(lab: LabUnderTest): Promise<void> {
  await lab.ok('mend');
  await lab.ok('kill', ...MACHINES);
  await lab.ok('start', ...MACHINES);
  await agentsThatFail(lab);
}
