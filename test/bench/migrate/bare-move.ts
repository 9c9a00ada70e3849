import { setTimeout as wait } from 'node:timers/promises';
import type { HeadsRoom } from '../heads-room.ts';

/** Seconds of a move by hand, one step after the other. */
export interface BareMove {
  readonly dump: number;
  /** The images over one TCP connection, from memory to memory. */
  readonly copy: number;
  readonly restore: number;
  readonly bytes: number;
}

const SCRIPT = '/home/alice/bench/bare.py';
const PORT = '7700';

/** `criu dump` on the first host, a raw copy, `criu restore` on the second. */
export async function bareMove({ lab, hosts }: HeadsRoom, megabytes: number): Promise<BareMove> {
  const [from, to] = hosts;
  if (from === undefined || to === undefined) throw new Error('a move needs two hosts');
  const bare = async (name: string, ...words: string[]) =>
    JSON.parse(await lab.on(name, 'python3', SCRIPT, ...words)) as { seconds: number; bytes: number };
  const { seconds: dump, bytes } = await bare(from.name, 'dump', `${megabytes}`);
  const receiving = lab.on(to.name, 'python3', SCRIPT, 'receive', PORT);
  await lab.until(
    () => lab.on(to.name, 'ss', '-Hltn', `sport = :${PORT}`),
    (text) => text !== '',
  );
  const { seconds: copy } = await bare(from.name, 'send', to.address, PORT);
  await receiving;
  await wait(1000);
  const { seconds: restore } = await bare(to.name, 'restore');
  return { dump, copy, restore, bytes };
}
