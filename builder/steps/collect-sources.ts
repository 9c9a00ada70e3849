import { existsSync } from 'node:fs';
import { copyFile, link, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Manifest } from '#runtime/model/manifest.ts';
import { touch } from '../cache/touch.ts';
import { AptRoot } from '../host/apt-root.ts';
import { debianSources } from '../host/debian-sources.ts';
import { wantedSources, type WantedSource } from '../plan/wanted-sources.ts';
import type { StepReport } from '../progress/build-progress.ts';
import { type BuildContext, made } from './build-context.ts';

/** In the folder of the sources: which are there, for what, and which the archive no longer has. */
const LIST = 'list';
const MISSING = 'MISSING';

/** Fetches the source packages of everything from Debian that the media hold (`--sources`), and says which are gone. */
export async function collectSources(context: BuildContext, report: StepReport): Promise<string | undefined> {
  const { plan, cache, cacheFolder, signal } = context;
  const text = await readFile(path.join(made(context, 'media'), 'manifest.json'), 'utf8');
  const wanted = wantedSources((JSON.parse(text) as Manifest).packages);
  const { mirror, keyring } = plan.options;
  const sources = debianSources({ suite: plan.suite, mirror, keyring });
  const notice = (line: string) => report.notice(line);
  const apt = await AptRoot.open({ cache: cacheFolder, sources, kind: 'deb-src', signal, notice });
  const inputs = { wanted: wanted.map((one) => JSON.stringify(one)), archive: await apt.stamp };
  const result = await cache.result('sources', inputs, async (folder) => {
    const store = path.join(cacheFolder, 'sources');
    await mkdir(store, { recursive: true });
    const lines: string[] = [];
    for (const [i, one] of wanted.entries()) {
      notice(`${i + 1} of ${wanted.length}: ${one.name} ${one.version}`);
      lines.push(await collect(apt, one, store, folder));
      signal.throwIfAborted();
    }
    await writeFile(path.join(folder, LIST), `${lines.join('\n')}\n`);
  });
  context.sources = result.folder;
  for (const line of (await readFile(path.join(result.folder, LIST), 'utf8')).split('\n'))
    if (line.includes(MISSING)) report.warn(`the archive has this source no longer: ${line}`);
  return result.why;
}

/** Brings the files of one source package into `folder`. @returns its line of the list. */
async function collect(apt: AptRoot, one: WantedSource, store: string, folder: string): Promise<string> {
  const line = `${one.name} ${one.version}  (${one.of.join(', ')})`;
  const files = await apt.sourceFiles(one.name, one.version);
  if (files.length === 0) return `${line}  ${MISSING}: https://snapshot.debian.org/package/${one.name}/${one.version}/`;
  if (!files.every(({ file }) => existsSync(path.join(store, file)))) {
    const work = await mkdtemp(path.join(store, '.fetch-'));
    try {
      await apt.downloadSource(one.name, one.version, work);
      for (const name of await readdir(work)) await rename(path.join(work, name), path.join(store, name));
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }
  await touch(files.map(({ file }) => path.join(store, file)));
  for (const { file } of files) await share(path.join(store, file), path.join(folder, file));
  return line;
}

/** Two source packages may have one upstream archive in common. */
async function share(from: string, to: string): Promise<void> {
  await link(from, to).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') await copyFile(from, to);
  });
}
