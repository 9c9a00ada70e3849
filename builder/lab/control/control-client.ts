import { once } from 'node:events';
import net from 'node:net';
import { ERROR_CODES, type ErrorCode, PlumpError } from '#runtime/base/errors.ts';
import { Session } from '../session.ts';
import { controlSocket } from './lab-folder.ts';
import type { LabRequest } from './requests.ts';
import { CONTROL, Wire } from './wire.ts';

/**
 * Asks the running lab, and returns its answer. Giving up by `signal` hangs up.
 * @throws PlumpError PLUMP_NO_LAB when none runs, PLUMP_LAB when it ends meanwhile, and what the lab itself throws.
 */
export async function askLab(
  folder: string,
  request: LabRequest,
  signal: AbortSignal,
  notice: (text: string) => void = () => {},
): Promise<unknown> {
  using wire = await connectLab(folder);
  const answer = Promise.withResolvers<unknown>();
  const stop = () => answer.reject(signal.reason as Error);
  wire.onFrame = (type, payload) => {
    if (type === CONTROL.notice) notice(String(JSON.parse(payload.toString())));
    else if (type === CONTROL.result) answer.resolve(JSON.parse(payload.toString()));
    else if (type === CONTROL.error) answer.reject(decodeError(jsonOf(payload)));
  };
  wire.closed.addEventListener('abort', () => answer.reject(ended()), { once: true });
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  wire.sendJson(CONTROL.request, request);
  try {
    return await answer.promise;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/**
 * Asks for something with input and output of its own: a program, or the console. Destroying the session hangs up.
 * @throws PlumpError PLUMP_NO_LAB when none runs; what else goes wrong is the session's `exited`.
 */
export async function attachLab(
  folder: string,
  request: LabRequest,
  onStderr: (chunk: Buffer) => void = () => {},
): Promise<Session> {
  const wire = await connectLab(folder);
  const session = new Session((type, payload) => void wire.send(type, payload), onStderr);
  let over = false;
  const lose = (error: Error) => {
    // What the program wrote may still lie in the stream: its end is the session's then.
    if (!over) session.lose(error);
    over = true;
  };
  wire.onFrame = (type, payload) => {
    if (type === CONTROL.error) lose(decodeError(jsonOf(payload)));
    else if (type < CONTROL.request) over ||= session.receive(type, payload);
  };
  wire.closed.addEventListener('abort', () => lose(ended()), { once: true });
  session.once('close', () => wire[Symbol.dispose]());
  wire.sendJson(CONTROL.request, request);
  return session;
}

/** Does a lab answer there? */
export async function labAnswers(folder: string): Promise<boolean> {
  try {
    (await connectLab(folder))[Symbol.dispose]();
    return true;
  } catch {
    return false;
  }
}

async function connectLab(folder: string): Promise<Wire> {
  const socket = net.connect(controlSocket(folder));
  try {
    await once(socket, 'connect');
  } catch (cause) {
    throw new PlumpError('PLUMP_NO_LAB', 'no lab is running', { hint: 'plumpos lab up 2 --head', cause });
  }
  return new Wire(socket);
}

function ended(): PlumpError {
  return new PlumpError('PLUMP_LAB', 'the lab has ended');
}

function jsonOf(payload: Buffer): Record<string, unknown> {
  return JSON.parse(payload.toString()) as Record<string, unknown>;
}

/** An error as the other side wrote it. */
export function decodeError({ code, message, hint }: Readonly<Record<string, unknown>>): PlumpError {
  const known = Object.hasOwn(ERROR_CODES, String(code)) ? (code as ErrorCode) : 'PLUMP_LAB';
  return new PlumpError(known, String(message), typeof hint === 'string' ? { hint } : {});
}
