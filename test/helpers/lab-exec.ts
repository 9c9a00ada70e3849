import { text } from 'node:stream/consumers';
import { attachLab } from '#builder/lab/control/control-client.ts';
import { PlumpError } from '#runtime/base/errors.ts';

/** How a program ended. */
export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What is run, and where. */
export interface LabProgram {
  /** Of the room. */
  readonly folder: string;
  readonly machine: string;
  readonly argv: readonly string[];
  readonly seconds: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * `plumpos lab exec MACHINE -- ARGV…` without starting Node.js for it, which takes longer than most of what tests run, and takes
 * it from the machines.
 */
export async function labExec({ folder, machine, argv, seconds, signal }: LabProgram): Promise<Ended> {
  const errors: Buffer[] = [];
  try {
    const request = { verb: 'exec', name: machine, argv, tty: false, seconds } as const;
    const session = await attachLab(folder, request, (chunk) => void errors.push(chunk));
    const stop = () => session.destroy();
    signal?.addEventListener('abort', stop, { once: true });
    try {
      session.end();
      const [stdout, status] = await Promise.all([text(session), session.exited]);
      return { status, stdout, stderr: Buffer.concat(errors).toString() };
    } finally {
      signal?.removeEventListener('abort', stop);
      session.destroy();
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof PlumpError)) throw error;
    return { status: error.exitCode, stdout: '', stderr: `plumpos: ${error.message}\n` };
  }
}
