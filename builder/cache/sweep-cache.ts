import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';

const DAY_MS = 86_400_000;

/** What of a cache goes when nobody asked for it for so many days. */
const KEPT_DAYS = { steps: 14, trees: 30, unpacked: 30, debs: 30, sources: 30 } as const;

/** Work folders have such names; those of a build that was killed stay behind, and go after a day. */
const WORK = /^\.(build|work|fetch)-|\.[A-Za-z0-9]{6}$/;

/** Removes from a cache what nobody asked for of late, and what killed builds left behind. */
export async function sweepCache(cache: string, now: number = Date.now()): Promise<void> {
  const old = async (file: string, days: number) => {
    const state = await stat(file).catch(() => undefined);
    return state !== undefined && now - state.mtimeMs > days * DAY_MS;
  };
  const sweep = async (folder: string, days: (name: string) => number) => {
    for (const name of await readdir(folder).catch(() => [])) {
      const file = path.join(folder, name);
      if (await old(file, days(name))) await rm(file, { recursive: true, force: true });
    }
  };
  await sweep(cache, (name) => (name.startsWith('.build-') ? 1 : Number.POSITIVE_INFINITY));
  for (const [part, days] of Object.entries(KEPT_DAYS))
    await sweep(path.join(cache, part), (name) => (WORK.test(name) ? 1 : days));
}
