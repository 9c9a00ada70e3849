import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { PlumpError } from '../../base/errors.ts';
import type { Io } from '../../base/verb.ts';
import type { AgentClient } from '../../client/agent-client.ts';
import { asUser, type RunAs } from '../who-runs.ts';
import { play } from './experiment.ts';
import { loopCommand, loopResult, roundsFor } from './loop.ts';
import { checkKnobs, type ClusterViews, planOf } from './plan.ts';
import { type ProveReport, reportOf } from './report.ts';
import { runLoops } from './run-loops.ts';

/** The member that is home, and who asks. */
export interface ProveDeps {
  readonly agent: Pick<AgentClient, 'events'> & { readonly jobs: Pick<AgentClient['jobs'], 'list'> };
  readonly views: ClusterViews;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly as: RunAs;
  readonly io: Pick<Io, 'err' | 'signal'>;
}

/**
 * The whole experiment.
 * @param seconds that a loop takes alone here
 * @param perCpu loops for each CPU of the cluster in its last part; 0: none
 * @throws PlumpError PLUMP_REFUSED where nothing can be proved, PLUMP_TOOL where there is no awk
 */
export async function prove(deps: ProveDeps, seconds: number, perCpu: number): Promise<ProveReport> {
  const { agent, as, io } = deps;
  checkKnobs(deps.settings);
  const plan = planOf(deps.views, perCpu);
  const all = [plan.home, ...plan.others].map(({ name, cpus, speed }) => `${name} (${cpus} CPU, speed ${speed})`);
  io.err(`home and members that take guests: ${all.join(', ')}`);
  const rounds = await roundsFor(seconds, (trial) => timed(trial, as, io.signal));
  io.err(`a loop of ${rounds} rounds takes about ${seconds} s here`);
  const loop = {
    agent,
    as,
    command: (name: string) => loopCommand(rounds, name),
    result: `${loopResult(rounds)}`,
    signal: io.signal,
  };
  let nth = 0;
  const experiment = await play(plan, async (what, starts) => {
    io.err(what);
    const run = await runLoops(`${process.pid}-${++nth}`, starts, loop);
    io.err(`  ${run.seconds.toFixed(1)} s, ${run.moves} moves`);
    return run;
  });
  return reportOf(plan, seconds, rounds, experiment);
}

/** Seconds of a loop here, as no job. @throws PlumpError PLUMP_TOOL when it cannot be run */
async function timed(rounds: number, as: RunAs, signal: AbortSignal): Promise<number> {
  signal.throwIfAborted();
  const { file, args, options } = asUser(as, loopCommand(rounds, 'trial'));
  const begun = performance.now();
  const child = spawn(file, args, { ...options, cwd: '/', signal, stdio: 'ignore' });
  try {
    const [status] = (await once(child, 'close')) as [number | null];
    if (status !== 0) throw new Error(`it ended with ${status ?? 'a signal'}`);
  } catch (cause) {
    signal.throwIfAborted();
    throw new PlumpError('PLUMP_TOOL', `the loop cannot be run: ${(cause as Error).message}`, { cause });
  }
  return (performance.now() - begun) / 1000;
}
