import { setTimeout as wait } from 'node:timers/promises';
import type { HeadsRoom } from '../heads-room.ts';

/** Seconds of a move by hand, one step after the other. */
export interface HandMove {
  readonly dump: number;
  /** The images over one TCP connection, from memory to memory. */
  readonly copy: number;
  readonly restore: number;
  readonly bytes: number;
}

const FOLDER = '/home/alice/bench';
const PORT = '7700';

/**
 * Dump on the first host, a raw copy, restore on the second.
 * @param script with `dump MB` and `restore`: bare.py by CRIU alone, podman.py by podman
 */
export async function handMove(
  { lab, hosts }: HeadsRoom,
  script: 'bare.py' | 'podman.py',
  megabytes: number,
): Promise<HandMove> {
  const [from, to] = hosts;
  if (from === undefined || to === undefined) throw new Error('a move needs two hosts');
  const python = async (name: string, file: string, ...words: string[]) =>
    JSON.parse(await lab.on(name, 'python3', `${FOLDER}/${file}`, ...words)) as { seconds: number; bytes: number };
  const { seconds: dump, bytes } = await python(from.name, script, 'dump', `${megabytes}`);
  const receiving = lab.on(to.name, 'python3', `${FOLDER}/bare.py`, 'receive', PORT);
  await lab.until(
    () => lab.on(to.name, 'ss', '-Hltn', `sport = :${PORT}`),
    (text) => text !== '',
  );
  const { seconds: copy } = await python(from.name, 'bare.py', 'send', to.address, PORT);
  await receiving;
  await wait(1000);
  const { seconds: restore } = await python(to.name, script, 'restore');
  return { dump, copy, restore, bytes };
}
