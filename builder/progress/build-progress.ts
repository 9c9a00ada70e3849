import { Listr, type ListrTask } from 'listr2';
import type { Io } from '#runtime/base/verb.ts';

/** What a step may say while it runs. */
export interface StepReport {
  /** What it is at: shown while it runs on a terminal, a line of its own elsewhere. */
  notice(text: string): void;
  /** Something the user should know when all is done. */
  warn(text: string): void;
}

/** One step of a list; `title` is a present participle. Returns why it had to be done, or `cached`. */
export interface Step {
  readonly title: string;
  run(report: StepReport): Promise<string | undefined>;
}

/** How progress is shown: moving on a terminal, plain lines elsewhere, one JSON object a line for programs. */
export type ProgressStyle = 'moving' | 'plain' | 'json';

/** Runs steps one after the other and shows them. The first error ends the list and is thrown. */
export async function runSteps(
  steps: readonly Step[],
  style: ProgressStyle,
  io: Io,
  log: (line: string) => void,
): Promise<void> {
  if (style === 'moving') await runMoving(steps, io, log);
  else for (const step of steps) await runPlain(step, style, io, log);
}

/** What a step says, in the log as on the screen. */
type Say = (event: 'step' | 'notice' | 'warning', text: string) => void;

/** Runs a step and says how it ended. */
async function runStep(step: Step, io: Io, say: Say): Promise<string> {
  const from = performance.now();
  const why = await step.run({ notice: (text) => say('notice', text), warn: (text) => say('warning', text) });
  io.signal.throwIfAborted();
  say('step', `${why ?? 'cached'}, ${((performance.now() - from) / 1000).toFixed(1)} s`);
  return why ?? 'cached';
}

async function runPlain(step: Step, style: ProgressStyle, io: Io, log: (line: string) => void): Promise<void> {
  await runStep(step, io, (event, text) => {
    log(`${event} ${step.title}: ${text}`);
    if (style === 'json') io.out(`${JSON.stringify({ event, step: step.title, text })}\n`);
    else io.err(event === 'step' ? `- ${step.title} (${text})` : `  ${event === 'warning' ? 'warning: ' : ''}${text}`);
  });
}

async function runMoving(steps: readonly Step[], io: Io, log: (line: string) => void): Promise<void> {
  const warnings: string[] = [];
  const tasks = steps.map(
    (step): ListrTask => ({
      title: step.title,
      task: async (_, task) => {
        const why = await runStep(step, io, (event, text) => {
          log(`${event} ${step.title}: ${text}`);
          if (event === 'notice') task.output = text;
          if (event === 'warning') warnings.push(text);
        });
        task.title = `${step.title} (${why})`;
      },
    }),
  );
  try {
    await new Listr(tasks, {
      registerSignalListeners: false,
      rendererOptions: { collapseErrors: false, showErrorMessage: false },
    }).run();
  } finally {
    // Below the list, where nothing draws any more.
    for (const text of warnings) io.err(`warning: ${text}`);
  }
}
