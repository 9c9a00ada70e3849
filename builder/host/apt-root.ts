import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { hash } from 'node:crypto';
import { messageOf, PlumpError } from '#runtime/base/errors.ts';
import { lock } from '../cache/lock.ts';
import { touch } from '../cache/touch.ts';
import { type AptSource, type ArchiveKind, formatDeb822 } from '../formats/apt-sources.ts';
import {
  type DebReference,
  parseFailedFetches,
  parsePrintUris,
  parseSourceUris,
  type SourceFile,
} from '../formats/print-uris.ts';
import { writeAptConfiguration } from './apt-configuration.ts';
import { run, toolEnvironment } from './exec.ts';
import { isSoundDeb } from './sound-deb.ts';

/** What an apt root of ours is made from. */
export interface AptRootOptions {
  /** The product's cache folder. */
  readonly cache: string;
  readonly sources: readonly AptSource[];
  /** Packages unless given. */
  readonly kind?: ArchiveKind;
  readonly signal?: AbortSignal | undefined;
  /** Says what takes long. */
  notice(text: string): void;
  /** Fetch the package lists anew, however young they are, and trust nothing in the cache that was not looked at. */
  readonly fresh?: boolean;
}

const LISTS_LAST_MS = 24 * 3600 * 1000;

function noPackage(name: string): PlumpError {
  return new PlumpError('PLUMP_FETCH', `the Debian archive has no package '${name}'`, {
    hint: 'in another suite it may have another name: rootfs/packages.json has those of the image',
  });
}

/** What the user's own apt-get would heed beside its configuration. */
function proxies(): Record<string, string> {
  const named = Object.entries(process.env).filter(([name]) => /^(https?|ftp|no)_proxy$/i.test(name));
  return Object.fromEntries(named.map(([name, value]) => [name, value ?? '']));
}

/** All that apt called an error: a line each, without the details it adds (the hashes of a file that is another one). */
function complaints(error: unknown): string[] {
  const { stderr, cause } = error as { stderr?: unknown; cause?: unknown };
  if (typeof stderr === 'string') return stderr.split('\n').filter((line) => line.startsWith('E: '));
  return cause === undefined ? [] : complaints(cause);
}

const SHOWN = 3;

function shortened(lines: readonly string[], otherwise: string): string {
  if (lines.length === 0) return otherwise;
  const more = lines.length > SHOWN ? [`… and ${lines.length - SHOWN} more errors`] : [];
  return [...lines.slice(0, SHOWN).map((line) => line.slice('E: '.length)), ...more].join('\n');
}

/**
 * An apt of our own in the cache: the host's sources, proxies and keys, but our suite, our lists and an empty package database. Needs no
 * rights and changes nothing on the machine.
 */
export class AptRoot {
  readonly #options: AptRootOptions;
  readonly #folder: string;
  readonly #debs: string;

  private constructor(options: AptRootOptions) {
    this.#options = options;
    const stanzas = options.sources.map((source) => formatDeb822(source, options.kind));
    const identity = hash('sha256', stanzas.join('\n')).slice(0, 12);
    this.#folder = path.join(options.cache, 'apt', identity);
    this.#debs = path.join(options.cache, 'debs');
  }

  /** @throws PlumpError PLUMP_CONFIG without apt, PLUMP_FETCH when there are no package lists and none can be fetched. */
  static async open(options: AptRootOptions): Promise<AptRoot> {
    if (!existsSync('/usr/bin/apt-get') || !existsSync('/usr/bin/dpkg-deb'))
      throw new PlumpError('PLUMP_CONFIG', 'this machine has no apt-get and dpkg-deb', {
        hint: 'build on Debian 12 or 13 (or a chroot or container of it)',
      });
    const root = new AptRoot(options);
    for (const part of ['lists/partial', 'archives/partial', 'etc'])
      await mkdir(path.join(root.#folder, part), { recursive: true });
    await mkdir(root.#debs, { recursive: true });
    await using _held = await lock(path.join(root.#folder, 'lock'), options);
    await writeAptConfiguration(root.#folder, options.sources, options.kind ?? 'deb');
    await root.#refresh();
    return root;
  }

  /** Shall what was unpacked be unpacked anew? */
  get fresh(): boolean {
    return this.#options.fresh === true;
  }

  notice(text: string): void {
    this.#options.notice(text);
  }

  /** Identity of the package lists: what was resolved under the same stamp resolves the same again. */
  get stamp(): Promise<string> {
    return readFile(path.join(this.#folder, 'stamp'), 'utf8');
  }

  /** When the package lists were fetched, in milliseconds since 1970. */
  get asked(): Promise<number> {
    return stat(path.join(this.#folder, 'stamp')).then(({ mtimeMs }) => Math.floor(mtimeMs));
  }

  /** The packages and all they depend on, as apt resolves them on an empty machine. */
  async closure(packages: readonly string[]): Promise<DebReference[]> {
    return this.#resolve(['install', '--yes', '--no-install-recommends', '--print-uris', '-qq', ...packages], packages);
  }

  /** Just the packages named. */
  async exact(packages: readonly string[]): Promise<DebReference[]> {
    return this.#resolve(['download', '--print-uris', '-qq', ...packages], packages);
  }

  /**
   * Fetches package files into the cache; apt checks their hashes.
   * @returns their paths, in the order of `wanted`.
   * @throws PlumpError PLUMP_FETCH
   */
  async fetch(wanted: readonly DebReference[]): Promise<string[]> {
    const missing: DebReference[] = [];
    for (const deb of wanted) if (!(await this.#has(deb))) missing.push(deb);
    if (missing.length > 0) {
      const megabytes = missing.reduce((sum, deb) => sum + deb.size, 0) / 1e6;
      this.#options.notice(`fetching ${missing.length} Debian packages (${megabytes.toFixed(0)} MB)`);
      await this.#download(missing);
    }
    const files = wanted.map((deb) => this.#pathOf(deb));
    await touch(files);
    return files;
  }

  /**
   * The files of a source package; none where the archive has not got this version (any more). For roots of kind deb-src.
   * @param name of the source package, and its version.
   */
  async sourceFiles(name: string, version: string): Promise<SourceFile[]> {
    const words = ['source', '--download-only', '--print-uris', '-qq', `${name}=${version}`];
    try {
      return parseSourceUris(await this.#apt(words));
    } catch (error) {
      if (/Unable to find a source package|Can not find version/.test(messageOf(error))) return [];
      throw error;
    }
  }

  /**
   * Downloads a source package into a folder, the newest there is unless told; apt checks the hashes.
   * @returns what the archive answered for the files it names in its list and has not got: none when all came.
   * @throws PlumpError PLUMP_FETCH when anything else went wrong.
   */
  async downloadSource(name: string, version: string | undefined, folder: string): Promise<string[]> {
    try {
      const wanted = version === undefined ? name : `${name}=${version}`;
      await this.#apt(['source', '--download-only', '-qq', wanted], folder);
      return [];
    } catch (error) {
      const failed = parseFailedFetches(complaints(error));
      if (failed.length === 0 || !failed.every((one) => one.gone)) throw error;
      return failed.map((one) => `${one.file}: ${one.answer}`);
    }
  }

  #pathOf(deb: DebReference): string {
    return path.join(this.#debs, `${deb.hash.slice(-12)}-${deb.file}`);
  }

  async #has(deb: DebReference): Promise<boolean> {
    return await isSoundDeb(this.#pathOf(deb), deb, this.fresh);
  }

  async #download(missing: readonly DebReference[]): Promise<void> {
    const work = await mkdtemp(path.join(this.#debs, '.fetch-'));
    try {
      await this.#apt(
        [
          'download',
          '-qq',
          ...missing.map(
            (deb) => `${deb.name}:${deb.architecture === 'all' ? 'amd64' : deb.architecture}=${deb.version}`,
          ),
        ],
        work,
      );
      const got = new Set(await readdir(work));
      for (const deb of missing) {
        if (!got.has(deb.file)) throw new PlumpError('PLUMP_FETCH', `apt did not deliver ${deb.file}`);
        await rename(path.join(work, deb.file), this.#pathOf(deb));
      }
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }

  /** Takes apt a second, so what was resolved with the same package lists is remembered. */
  async #resolve(words: readonly string[], packages: readonly string[]): Promise<DebReference[]> {
    const memo = path.join(
      this.#folder,
      `resolved-${hash('sha256', `${await this.stamp} ${words.join(' ')}`).slice(0, 16)}.json`,
    );
    const known = await readFile(memo, 'utf8').catch(() => undefined);
    if (known !== undefined) return JSON.parse(known) as DebReference[];
    const found = parsePrintUris(await this.#apt(words));
    const lost = packages.find((name) => !found.some((deb) => deb.name === name.split(/[:=]/)[0]));
    if (lost !== undefined) throw noPackage(lost);
    await writeFile(`${memo}.${process.pid}`, JSON.stringify(found));
    await rename(`${memo}.${process.pid}`, memo);
    return found;
  }

  async #apt(words: readonly string[], cwd = this.#folder): Promise<string> {
    try {
      const { signal } = this.#options;
      const env = { ...toolEnvironment(), ...proxies() };
      const options = { cwd, env, maxBuffer: 64e6, ...(signal ? { cancelSignal: signal } : {}) };
      return (await run('apt-get', ['-c', path.join(this.#folder, 'etc/apt.conf'), ...words], options)).stdout;
    } catch (cause) {
      if (cause instanceof PlumpError && cause.code !== 'PLUMP_TOOL') throw cause;
      const lost = /Unable to locate package (\S+)|Package '(\S+)' has no installation candidate/.exec(
        messageOf(cause),
      );
      if (lost) throw noPackage(lost[1] ?? lost[2] ?? '');
      throw new PlumpError(
        'PLUMP_FETCH',
        `apt could not do its part: ${shortened(complaints(cause), messageOf(cause))}`,
        {
          hint: 'is the network there, and does apt reach its archive? (the same as for apt-get update)',
          cause,
        },
      );
    }
  }

  /** Lists older than a day are fetched anew; where that fails, old ones still serve. */
  async #refresh(): Promise<void> {
    const stamp = path.join(this.#folder, 'stamp');
    const made = await stat(stamp).catch(() => undefined);
    if (made && !this.#options.fresh && Date.now() - made.mtimeMs < LISTS_LAST_MS) return;
    this.#options.notice('fetching the Debian package lists');
    try {
      await this.#apt(['update', '-qq', '--error-on=any']);
    } catch (error) {
      if (!made) throw error;
      this.#options.notice('the package lists could not be refreshed; those of before are used');
      return;
    }
    await writeFile(stamp, await this.#listsIdentity());
  }

  async #listsIdentity(): Promise<string> {
    const lists = path.join(this.#folder, 'lists');
    const names = (await readdir(lists)).filter((name) => name.endsWith('Release')).toSorted();
    const texts = await Promise.all(names.map((name) => readFile(path.join(lists, name))));
    return hash('sha256', Buffer.concat(texts)).slice(0, 16);
  }
}
