/** One place packages come from, as deb822 fields without Types, Suites, Components and Architectures. */
export interface AptSource {
  readonly uri: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** The other fields as given (Signed-By, Trusted …), by their deb822 names. */
  readonly fields: Readonly<Record<string, string>>;
}

/** Reads a one-line-style sources.list (sources.list(5)); lines it does not know are left out. */
export function parseOneLine(text: string): AptSource[] {
  return text.split('\n').flatMap((line) => {
    const found = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line);
    if (!found) return [];
    const [, options = '', uri = '', suite = '', components = ''] = found;
    const fields = Object.fromEntries(
      options
        .split(/\s+/)
        .filter((option) => option.includes('='))
        .map((option) => [fieldName(option.slice(0, option.indexOf('='))), option.slice(option.indexOf('=') + 1)]),
    );
    return [{ uri, suites: [suite], components: words(components), fields: withoutArchitectures(fields) }];
  });
}

/** Reads deb822-style sources (sources.list(5)); disabled and source-only stanzas are left out. */
export function parseDeb822(text: string): AptSource[] {
  return text.split(/\n(?:[ \t]*\n)+/).flatMap((stanza) => {
    const fields = parseStanza(stanza);
    const { Types, URIs, Suites, Components, Enabled, ...others } = fields;
    if (!words(Types).includes('deb') || /^no$/i.test(Enabled ?? '')) return [];
    const rest = { suites: words(Suites), components: words(Components), fields: withoutArchitectures(others) };
    return words(URIs).map((uri) => ({ uri, ...rest }));
  });
}

/** One stanza: `Name: value`, continued by lines that start with a space; `#` comments. */
function parseStanza(stanza: string): Record<string, string> {
  const fields: Record<string, string> = {};
  let last: string | undefined;
  for (const line of stanza.split('\n')) {
    if (line.startsWith('#') || line.trim() === '') continue;
    const found = /^([A-Za-z0-9-]+):\s*(.*)$/.exec(line);
    if (found) {
      last = fieldName(found[1] ?? '');
      fields[last] = found[2] ?? '';
    } else if (last !== undefined) fields[last] += `\n${line}`;
  }
  return fields;
}

/** What an archive is asked for: packages, or their sources. */
export type ArchiveKind = 'deb' | 'deb-src';

/** A source as a deb822 stanza. */
export function formatDeb822(source: AptSource, kind: ArchiveKind = 'deb'): string {
  const fields = {
    Types: kind,
    URIs: source.uri,
    Suites: source.suites.join(' '),
    Components: source.components.join(' '),
    ...source.fields,
  };
  return Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('');
}

const SPELLING: Record<string, string> = {
  types: 'Types',
  uris: 'URIs',
  suites: 'Suites',
  components: 'Components',
  enabled: 'Enabled',
  'signed-by': 'Signed-By',
};

function fieldName(name: string): string {
  const low = name.toLowerCase();
  return SPELLING[low] ?? low.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
}

function withoutArchitectures(fields: Record<string, string>): Record<string, string> {
  const gone = ['Architectures', 'Arch', 'Languages', 'Lang', 'Targets', 'Target', 'Pdiffs', 'By-Hash'];
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !gone.includes(name)));
}

function words(text: string | undefined): string[] {
  return (text ?? '').split(/\s+/).filter((word) => word !== '');
}
