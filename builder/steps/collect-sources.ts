import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Manifest } from '#runtime/model/manifest.ts';
import { AptRoot } from '../host/apt-root.ts';
import { debianSources } from '../host/debian-sources.ts';
import { SOURCE_LIST } from '../host/own-output.ts';
import { wantedSources } from '../plan/wanted-sources.ts';
import type { StepReport } from '../progress/build-progress.ts';
import { shownPath } from '../render/shown-path.ts';
import { type BuildContext, made } from './build-context.ts';
import { fetchSource } from './fetch-source.ts';

/** In the list of the sources: the archive does not give it. */
const MISSING = 'MISSING';

/** Fetches the source packages of everything from Debian that the media hold (`--sources`), and says which could not be had. */
export async function collectSources(context: BuildContext, report: StepReport): Promise<string | undefined> {
  const { plan, cache, cacheFolder, signal } = context;
  const text = await readFile(path.join(made(context, 'media'), 'manifest.json'), 'utf8');
  const wanted = wantedSources((JSON.parse(text) as Manifest).packages);
  const { mirror, keyring, 'no-cache': fresh } = plan.options;
  const sources = debianSources({ suite: plan.suite, mirror, keyring });
  const notice = (line: string) => report.notice(line);
  const apt = await AptRoot.open({ cache: cacheFolder, sources, kind: 'deb-src', signal, notice, fresh });
  // An archive may get again what it lacked: asked anew whenever its lists are.
  const inputs = { wanted: wanted.map((one) => JSON.stringify(one)), archive: await apt.stamp, asked: await apt.asked };
  const result = await cache.result('sources', inputs, async (folder) => {
    const lines: string[] = [];
    for (const [i, one] of wanted.entries()) {
      notice(`${i + 1} of ${wanted.length}: ${one.name} ${one.version}`);
      const refused = await fetchSource(apt, one, path.join(cacheFolder, 'sources'), folder);
      const snapshot = `https://snapshot.debian.org/package/${one.name}/${one.version}/`;
      const end = refused === undefined ? '' : `  ${MISSING} (${refused}); it may be in ${snapshot}`;
      lines.push(`${one.name} ${one.version}  (${one.of.join(', ')})${end}`);
      signal.throwIfAborted();
    }
    await writeFile(path.join(folder, SOURCE_LIST), `${lines.join('\n')}\n`);
  });
  context.sources = result.folder;
  const lines = (await readFile(path.join(result.folder, SOURCE_LIST), 'utf8')).split('\n');
  const names = lines.filter((line) => line.includes(MISSING)).map((line) => line.split(' ')[0]);
  const list = shownPath(path.join(plan.out, 'sources', SOURCE_LIST), plan.cwd);
  if (names.length > 0)
    report.warn(
      `the archive does not give ${names.length} of ${wanted.length} source packages (${names.join(', ')}): ` +
        `${list} says why, and where they may be`,
    );
  return result.why;
}
