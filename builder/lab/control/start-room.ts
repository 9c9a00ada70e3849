import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { PlumpError } from '#runtime/base/errors.ts';
import { cacheFolder } from '../../cache/cache-folder.ts';
import { decodeError } from './control-client.ts';
import type { LabSettings } from './lab-settings.ts';
import type { MachineView } from './room-answers.ts';

/** What the process that holds a room tells the one that started it. */
export type RoomMessage =
  | { readonly notice: string }
  | { readonly ready: readonly MachineView[] }
  | { readonly error: { readonly code: string; readonly message: string; readonly hint?: string } };

/**
 * Starts a room in a process of its own, which lives on when this one ends.
 * @returns its machines, once all of them are members and see each other.
 * @throws PlumpError as that process does; it is gone then, with everything it had.
 */
export async function startRoom(
  settings: LabSettings,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
  notice: (text: string) => void,
): Promise<readonly MachineView[]> {
  const log = path.join(cacheFolder(env), `${path.basename(settings.folder)}.log`);
  const child = launch(log, env);
  const stop = () => child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  try {
    child.send(settings);
    return await untilReady(child, log, notice);
  } catch (error) {
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
    if (child.connected) child.disconnect();
    child.unref();
  }
}

function launch(log: string, env: NodeJS.ProcessEnv): ChildProcess {
  mkdirSync(path.dirname(log), { recursive: true });
  const output = openSync(log, 'w', 0o600);
  try {
    return fork(path.join(import.meta.dirname, 'room-main.ts'), {
      detached: true,
      env,
      stdio: ['ignore', output, output, 'ipc'],
    });
  } finally {
    closeSync(output);
  }
}

async function untilReady(
  child: ChildProcess,
  log: string,
  notice: (text: string) => void,
): Promise<readonly MachineView[]> {
  const ready = Promise.withResolvers<readonly MachineView[]>();
  child.on('message', (message: RoomMessage) => {
    if ('notice' in message) notice(message.notice);
    else if ('ready' in message) ready.resolve(message.ready);
    else ready.reject(decodeError(message.error));
  });
  child.on('exit', () =>
    ready.reject(new PlumpError('PLUMP_LAB', 'the process that holds the room ended', { hint: `its log: ${log}` })),
  );
  return await ready.promise;
}
