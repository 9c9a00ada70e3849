import { existsSync, globSync, readFileSync } from 'node:fs';
import { PlumpError } from '#runtime/base/errors.ts';
import { type AptSource, parseDeb822, parseOneLine } from '../formats/apt-sources.ts';

/** Where the image's packages come from; what is not given is taken from the host's own apt configuration. */
export interface SourceOptions {
  /** Codename, e.g. bookworm. */
  readonly suite: string;
  readonly mirror?: string | undefined;
  readonly keyring?: string | undefined;
}

const DEBIAN_SUITES =
  /^(bullseye|bookworm|trixie|forky|oldoldstable|oldstable|stable|testing|sid|unstable)(-updates|-security|-backports|\/updates)?$/;
const DEBIAN_KEYRINGS = [
  '/usr/share/keyrings/debian-archive-keyring.gpg',
  '/usr/share/keyrings/debian-archive-keyring.pgp',
];

/**
 * The Debian sources of this machine, turned to the pinned suite: its archive, its updates and, where the host has one, its security archive.
 * @throws PlumpError PLUMP_CONFIG when the machine names no Debian archive.
 */
export function debianSources(options: SourceOptions, root = '/'): readonly AptSource[] {
  const signed = options.keyring === undefined ? {} : { 'Signed-By': options.keyring };
  if (options.mirror !== undefined)
    return [
      { uri: options.mirror, suites: [options.suite], components: ['main'], fields: { ...keyringOf({}), ...signed } },
    ];
  const host = readHost(root).filter(
    (source) => source.suites.some((suite) => DEBIAN_SUITES.test(suite)) && source.components.includes('main'),
  );
  const turn = (source: AptSource, suites: readonly string[]): AptSource => ({
    uri: source.uri,
    suites,
    components: ['main'],
    fields: { ...keyringOf(source.fields), ...source.fields, ...signed },
  });
  const archive = host.find((source) => source.suites.some((suite) => !isSecurity(suite)));
  const security = host.find((source) => source.suites.some(isSecurity));
  if (!archive)
    throw new PlumpError('PLUMP_CONFIG', 'the apt configuration of this machine names no Debian archive', {
      hint: 'name one for every verb: PLUMPOS_MIRROR=URL [PLUMPOS_KEYRING=FILE]; or for a build: --mirror URL [--keyring FILE]',
    });
  const sources = [turn(archive, [options.suite, `${options.suite}-updates`])];
  return security ? [...sources, turn(security, [`${options.suite}-security`])] : sources;
}

/** The sources of verbs that have no options for them: the environment says what `build` can be told (PLUMPOS_SUITE, …_MIRROR, …_KEYRING). */
export function environmentSources(
  env: Readonly<Record<string, string | undefined>>,
  suite: string,
): readonly AptSource[] {
  const { PLUMPOS_SUITE, PLUMPOS_MIRROR, PLUMPOS_KEYRING } = env;
  return debianSources({
    suite: PLUMPOS_SUITE || suite,
    mirror: PLUMPOS_MIRROR || undefined,
    keyring: PLUMPOS_KEYRING || undefined,
  });
}

function isSecurity(suite: string): boolean {
  return /(-security|\/updates)$/.test(suite);
}

/** A source that names no key is checked with Debian's own keyring where the machine has it. */
function keyringOf(fields: Readonly<Record<string, string>>): Record<string, string> {
  const keyring = DEBIAN_KEYRINGS.find((file) => existsSync(file));
  return fields['Signed-By'] !== undefined || keyring === undefined ? {} : { 'Signed-By': keyring };
}

function readHost(root: string): AptSource[] {
  const read = (pattern: string) =>
    globSync(pattern, { cwd: root })
      .toSorted()
      .map((file) => readFileSync(`${root}/${file}`, 'utf8'));
  return [
    ...read('etc/apt/sources.list.d/*.sources').flatMap(parseDeb822),
    ...read('etc/apt/sources.list').flatMap(parseOneLine),
    ...read('etc/apt/sources.list.d/*.list').flatMap(parseOneLine),
  ];
}
