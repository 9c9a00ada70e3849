import { readFileSync } from 'node:fs';

/** A living process. */
export interface ProcessState {
  /** Its start time, as /proc/PID/stat has it: with the pid, the name of the process for good. */
  readonly start: string;
  /** It was stopped by a signal. */
  readonly stopped: boolean;
}

/** Undefined when there is none, or only what is left of it until its parent looks. */
export function processState(pid: number): ProcessState | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, start] = [fields[0], fields[19]];
    return state === 'Z' || state === 'X' || start === undefined ? undefined : { start, stopped: state === 'T' };
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
