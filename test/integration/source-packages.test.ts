import { hash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { AptRoot } from '#builder/host/apt-root.ts';
import { fetchSource } from '#builder/steps/fetch-source.ts';

/** What the archive's list names: by package, its files with their contents. */
const LISTED = {
  whole: { 'whole_1.dsc': 'description', 'whole_1.orig.tar.xz': 'upstream' },
  holed: { 'holed_1.dsc': 'description of it', 'holed_1.orig.tar.xz': 'lost' },
} as const;

/** An archive of source packages: its lists, and of the files those that are in `pool`. */
class Archive {
  readonly pool = new Map<string, string>();
  readonly #server: Server;

  private constructor() {
    const files = new Map([['/dists/here/main/source/Sources', listOfSources()]]);
    files.set('/dists/here/Release', release(files));
    this.#server = createServer((request, response) => {
      const content = files.get(request.url ?? '') ?? this.pool.get(path.basename(request.url ?? ''));
      response.writeHead(content === undefined ? 404 : 200).end(content);
    }).listen(0, '127.0.0.1');
  }

  static async open(t: ExecutionContext): Promise<Archive> {
    const archive = new Archive();
    t.teardown(() => archive.close());
    await once(archive.#server, 'listening');
    return archive;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

function listOfSources(): string {
  const stanzas = Object.entries(LISTED).map(([name, files]) => {
    const lines = Object.entries(files).map(([file, text]) => ` ${hash('sha256', text)} ${text.length} ${file}\n`);
    return `Package: ${name}\nVersion: 1\nDirectory: pool\nFormat: 1.0\nChecksums-Sha256:\n${lines.join('')}`;
  });
  return stanzas.join('\n');
}

function release(files: ReadonlyMap<string, string>): string {
  const lines = [...files].map(
    ([file, text]) => ` ${hash('sha256', text)} ${text.length} ${file.replace('/dists/here/', '')}\n`,
  );
  return `Suite: here\nCodename: here\nComponents: main\nArchitectures: amd64\nSHA256:\n${lines.join('')}`;
}

/** Fetches package `name` of the archive, as `build --sources` does; the files that came, or why none did. */
async function fetched(t: ExecutionContext, archive: Archive) {
  const cache = mkdtempSync(path.join(tmpdir(), 'plumpos-sources-'));
  t.teardown(() => rmSync(cache, { recursive: true }));
  const source = { uri: archive.address, suites: ['here'], components: ['main'], fields: { Trusted: 'yes' } };
  const apt = await AptRoot.open({ cache, sources: [source], kind: 'deb-src', notice: () => {} });
  return async (name: string, version = '1') => {
    const folder = path.join(cache, 'out');
    mkdirSync(folder, { recursive: true });
    const why = await fetchSource(apt, { name, version, of: [] }, path.join(cache, 'sources'), folder);
    const files = readdirSync(folder).filter((file) => file.startsWith(name));
    return why ?? Object.fromEntries(files.map((file) => [file, readFileSync(path.join(folder, file), 'utf8')]));
  };
}

test('a source whose archive lacks a file is told with the reason, the others come; once it is there it comes too', async (t) => {
  const archive = await Archive.open(t);
  const fetch = await fetched(t, archive);
  for (const files of Object.values(LISTED))
    for (const [file, text] of Object.entries(files)) if (text !== 'lost') archive.pool.set(file, text);
  t.is(await fetch('holed'), 'holed_1.orig.tar.xz: 404 Not Found');
  t.deepEqual(await fetch('whole'), LISTED.whole);
  t.is(await fetch('whole', '2'), 'not in its lists');
  archive.pool.set('holed_1.orig.tar.xz', 'lost');
  t.deepEqual(await fetch('holed'), LISTED.holed);
});

test('an archive that sends other bytes, or is gone, is an error', async (t) => {
  const archive = await Archive.open(t);
  const fetch = await fetched(t, archive);
  for (const file of Object.keys(LISTED.whole)) archive.pool.set(file, 'forged');
  await t.throwsAsync(fetch('whole'), { code: 'PLUMP_FETCH', message: /whole_1/ });
  archive.close();
  await t.throwsAsync(fetch('whole'), { code: 'PLUMP_FETCH', message: /whole_1/ });
});
