import path from 'node:path';

/** One package file as apt would fetch it. */
export interface DebReference {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** Name of the file in apt's archive folder. */
  readonly file: string;
  /** Bytes. */
  readonly size: number;
  /** Hex digits of the hash apt checks, with its kind before it: `SHA256:…`. */
  readonly hash: string;
}

/** One file of a source package. */
export interface SourceFile {
  readonly file: string;
  /** Bytes. */
  readonly size: number;
  /** `SHA256:…` */
  readonly hash: string;
}

/** Reads what `apt-get source --print-uris` prints; other lines are left out. */
export function parseSourceUris(text: string): SourceFile[] {
  return text.split('\n').flatMap((line) => {
    const [, file = '', size = '', hash = ''] = /^'[^']*' ([^\s/]+) (\d+) (\S+)$/.exec(line.trim()) ?? [];
    return file === '' ? [] : [{ file, size: Number(size), hash }];
  });
}

/** A file apt could not fetch. */
export interface FailedFetch {
  readonly file: string;
  /** The server's words. */
  readonly answer: string;
  /** The server is there, and has no such file for us. */
  readonly gone: boolean;
}

/** Reads the lines `Failed to fetch URI  REASON [IP: …]` of apt's errors; others are left out. */
export function parseFailedFetches(lines: readonly string[]): FailedFetch[] {
  return lines.flatMap((line) => {
    const [, uri, reason = ''] = /Failed to fetch (\S+:\S+)\s+(.*?) *(\[IP: [^\]]*\])?$/.exec(line) ?? [];
    if (uri === undefined) return [];
    const answer = reason.replace(/\s+/g, ' ');
    return [{ file: decodeURIComponent(path.posix.basename(uri)), answer, gone: /^(403|404|410) /.test(answer) }];
  });
}

/** Reads what `apt-get --print-uris` prints: `'URI' FILE SIZE KIND:HASH`, other lines left out; sorted by name. */
export function parsePrintUris(text: string): DebReference[] {
  const found = text.split('\n').flatMap((line) => {
    const match = /^'[^']*' (\S+)_(\S+)_([a-z0-9]+)\.deb (\d+) (\S*)$/.exec(line.trim());
    if (!match) return [];
    const [, name = '', version = '', architecture = '', size = '', hash = ''] = match;
    const file = `${name}_${version}_${architecture}.deb`;
    return [{ name, version: decodeURIComponent(version), architecture, file, size: Number(size), hash }];
  });
  return found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
