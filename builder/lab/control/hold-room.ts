import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { PlumpError } from '#runtime/base/errors.ts';
import { cacheFolder } from '../../cache/cache-folder.ts';
import { lock } from '../../cache/lock.ts';
import { privateFolder } from '../room/private-folder.ts';
import { Room } from '../room/room.ts';
import { readRoomImage } from '../room/room-image.ts';
import { untilTogether } from '../room/settled.ts';
import { openSupplies } from '../supplies.ts';
import { labAnswers } from './control-client.ts';
import { type Answer, serveControl } from './control-server.ts';
import { controlSocket } from './lab-folder.ts';
import { type LabSettings, perMachine } from './lab-settings.ts';
import { type MachineView, roomAnswers, viewOf } from './room-answers.ts';
import { CONTROL } from './wire.ts';

/** Whom a room tells how it comes up. */
export interface UpListener {
  notice(text: string): void;
  /** All its machines are members and see each other. */
  ready(machines: readonly MachineView[]): void;
}

const TOGETHER_MS = 120_000;

/** Holds a room until `lab down`, the end of its life or `signal`; nothing of it is left then. */
export async function holdRoom(
  settings: LabSettings,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
  listener: UpListener,
): Promise<void> {
  const desk = new Desk(AbortSignal.any([signal, AbortSignal.timeout(settings.lifeSeconds * 1000)]), listener);
  await using owned = new AsyncDisposableStack();
  owned.use(await occupy(settings.folder, env, listener, (request, wire) => desk.answer(request, wire)));
  owned.defer(() => desk.close());
  try {
    const room = owned.use(await openRoom(settings, env, desk));
    if (settings.capture !== undefined) owned.use(await room.network.capture(settings.capture));
    desk.open(room);
    await room.add(settings);
    await untilTogether(room, TOGETHER_MS, desk.stop);
    listener.ready(room.machines.map(viewOf));
    await new Promise((resolve) => desk.stop.addEventListener('abort', resolve, { once: true }));
  } catch (error) {
    if (!desk.stop.aborted) throw error;
    throw signal.aborted ? signal.reason : desk.stop.reason;
  }
}

/** Answers whoever asks for the room, also while it is not there yet, and tells everybody who waits how it goes on. */
class Desk {
  readonly stop: AbortSignal;
  readonly #down = new AbortController();
  readonly #room = Promise.withResolvers<Room>();
  readonly #closed = Promise.withResolvers<void>();
  readonly #listeners: Set<(text: string) => void>;

  constructor(signal: AbortSignal, listener: UpListener) {
    this.stop = AbortSignal.any([signal, this.#down.signal]);
    this.#listeners = new Set([(text) => listener.notice(text)]);
    this.#room.promise.catch(() => {});
    this.stop.addEventListener('abort', () => this.#room.reject(this.stop.reason as Error), { once: true });
  }

  notice(text: string): void {
    for (const listener of this.#listeners) listener(text);
  }

  open(room: Room): void {
    this.#room.resolve(room);
  }

  close(): void {
    this.#room.reject(new PlumpError('PLUMP_LAB', 'the lab did not come up'));
    this.#closed.resolve();
  }

  answer: Answer = async (request, wire) => {
    if (request.verb === 'down') {
      this.#down.abort(new PlumpError('PLUMP_STOPPED', 'the lab was taken down'));
      await this.#closed.promise;
      return { pid: process.pid };
    }
    const tell = (text: string) => wire.sendJson(CONTROL.notice, text);
    this.#listeners.add(tell);
    try {
      return await roomAnswers(await this.#room.promise, this.stop)(request, wire);
    } finally {
      this.#listeners.delete(tell);
    }
  };
}

/**
 * Takes the folder and opens the socket in it; only one process can.
 * @throws PlumpError PLUMP_BUSY when a lab runs there already.
 */
async function occupy(
  folder: string,
  env: NodeJS.ProcessEnv,
  listener: UpListener,
  answer: Answer,
): Promise<AsyncDisposable> {
  const cache = cacheFolder(env);
  await mkdir(cache, { recursive: true });
  await using _lock = await lock(path.join(cache, 'lab.lock'), listener);
  if (await labAnswers(folder))
    throw new PlumpError('PLUMP_BUSY', 'a lab is running already', {
      hint: 'plumpos lab down ends it; a second one needs a folder of its own: PLUMPOS_LAB=DIR',
    });
  await using stack = new AsyncDisposableStack();
  stack.use(await privateFolder(folder));
  stack.use(await serveControl(controlSocket(folder), answer));
  return stack.move();
}

async function openRoom(settings: LabSettings, env: NodeJS.ProcessEnv, desk: Desk): Promise<Room> {
  const image = await readRoomImage(settings.iso, settings.keyFile);
  const supplies = await openSupplies({ env, signal: desk.stop, notice: (text) => desk.notice(text) });
  return await Room.open({ ...settings, ...perMachine(settings), image, supplies });
}
