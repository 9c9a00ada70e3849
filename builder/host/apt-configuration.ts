import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type AptSource, type ArchiveKind, formatDeb822 } from '../formats/apt-sources.ts';

/** Writes apt.conf, the sources and an empty package database into an apt root's folder. */
export async function writeAptConfiguration(
  folder: string,
  sources: readonly AptSource[],
  kind: ArchiveKind,
): Promise<void> {
  const at = (part: string) => JSON.stringify(path.join(folder, part));
  await writeFile(path.join(folder, 'status'), '');
  const stanzas = sources.map((source) => formatDeb822(source, kind));
  await writeFile(path.join(folder, 'etc/plumpos.sources'), stanzas.join('\n'));
  // The host's hooks would work on the host; everything else of its configuration (proxies, certificates) is wanted.
  const lines = [
    '#clear APT::Update::Post-Invoke;',
    '#clear APT::Update::Post-Invoke-Success;',
    '#clear DPkg::Post-Invoke;',
    '#clear APT::Default-Release;',
    `Dir::State ${at('')};`,
    `Dir::State::status ${at('status')};`,
    `Dir::State::lists ${at('lists')};`,
    `Dir::Cache ${at('')};`,
    `Dir::Cache::archives ${at('archives')};`,
    `Dir::Etc::sourcelist ${at('etc/plumpos.sources')};`,
    'Dir::Etc::sourceparts "-";',
    'Dir::Etc::preferences "-";',
    'Dir::Etc::preferencesparts "-";',
    'APT::Architecture "amd64";',
    '#clear APT::Architectures;',
    'APT::Architectures { "amd64"; };',
    'APT::Sandbox::User "";',
    'APT::Install-Suggests "false";',
    'Acquire::ForceHash "sha256";',
    'Acquire::Languages "none";',
    'Acquire::Retries "3";',
    'Debug::NoLocking "true";',
  ];
  await writeFile(path.join(folder, 'etc/apt.conf'), `${lines.join('\n')}\n`);
}
