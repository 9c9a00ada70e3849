import { PlumpError } from '#runtime/base/errors.ts';

/** The control files of a package by their name: `control`, `postinst`, `triggers` … */
export type ControlFiles = ReadonlyMap<string, Buffer>;

/** What dpkg's database holds of a package that is unpacked and not yet configured. */
export interface DpkgRecord {
  /** Its stanza of /var/lib/dpkg/status. */
  readonly stanza: string;
  /** Beginning of its files in /var/lib/dpkg/info: `NAME`, or `NAME:ARCHITECTURE` where several may be installed. */
  readonly stem: string;
  /** What wakes it up: paths and names, as lines for /var/lib/dpkg/triggers/. */
  readonly triggers: readonly { readonly on: string; readonly line: string }[];
}

/** Pure. Source: deb-control(5), deb-triggers(5), dpkg's own database as dpkg --unpack leaves it. */
export function dpkgRecord(files: ControlFiles, where: string): DpkgRecord {
  const control = files.get('control')?.toString().trimEnd();
  const field = (name: string) => new RegExp(`^${name}: *(.*)$`, 'mi').exec(control ?? '')?.[1]?.trim();
  const name = field('Package');
  if (control === undefined || name === undefined)
    throw new PlumpError('PLUMP_PACKAGE', `${where} is no Debian package: it has no control file`);
  const stem = field('Multi-Arch') === 'same' ? `${name}:${field('Architecture')}` : name;
  const stanza = control.replace(/^(Package:.*)$/m, '$1\nStatus: install ok unpacked');
  return { stanza: `${stanza}\n`, stem, triggers: interests(files.get('triggers')?.toString() ?? '', stem) };
}

function interests(text: string, stem: string): DpkgRecord['triggers'] {
  return text.split('\n').flatMap((line) => {
    const [, kind = '', on = ''] = /^interest(-await|-noawait)?\s+(\S+)/.exec(line.trim()) ?? [];
    if (on === '') return [];
    const who = `${stem}${kind === '-noawait' ? '/noawait' : ''}`;
    return [{ on, line: on.startsWith('/') ? `${on} ${who}` : who }];
  });
}

/** Files of /var/lib/dpkg/triggers by name. */
export function triggerFiles(records: readonly DpkgRecord[]): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const { on, line } of records.flatMap((record) => record.triggers)) {
    const name = on.startsWith('/') ? 'File' : on;
    files.set(name, `${files.get(name) ?? ''}${line}\n`);
  }
  return files;
}
