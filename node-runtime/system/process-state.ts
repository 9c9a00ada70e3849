import { readFileSync } from 'node:fs';
import os from 'node:os';

/** A living process. */
export interface ProcessState {
  /** Its start time, as /proc/PID/stat has it: with the pid, the name of the process for good. */
  readonly start: string;
  /** It was stopped by a signal. */
  readonly stopped: boolean;
  /** It blocks SIGCHLD: a deputy always does, but while it stops itself because its job has stopped. */
  readonly blocksChild: boolean;
}

const CHILD_BIT = 1 << (os.constants.signals.SIGCHLD - 1);

/** Undefined when there is none, or only what is left of it until its parent looks. */
export function processState(pid: number): ProcessState | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, start, blocked] = [fields[0], fields[19], fields[29]];
    if (state === 'Z' || state === 'X' || start === undefined) return undefined;
    return { start, stopped: state === 'T', blocksChild: (Number(blocked) & CHILD_BIT) !== 0 };
  } catch {
    return undefined;
  }
}

/** Sends a signal to the process that has this pid and began then; nothing when it is gone. */
export function signalProcess(pid: number, start: string, signal: number): void {
  if (processState(pid)?.start !== start) return;
  try {
    process.kill(pid, signal);
  } catch {
    // It ended this very moment.
  }
}
