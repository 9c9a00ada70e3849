import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { execa } from 'execa';
import { readTar, type TarItem } from '../../formats/tarball.ts';
import type { TarWriter } from '../../formats/tar-writer.ts';
import { openDeb } from '../../host/open-tarball.ts';
import { type DpkgRecord, dpkgRecord, triggerFiles } from './dpkg-records.ts';
import { leftOut } from './packages.ts';

const MERGED = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'];
const FOLDER = { mode: 0o755, mtime: 0 } as const;
const FILE = { mode: 0o644, mtime: 0 } as const;
const DPKG = 'var/lib/dpkg';

/**
 * Writes the tree that `dpkg --unpack` of all packages would leave, dpkg's database included, without any right on this
 * machine: owners and modes go from one tar stream into the other.
 */
export async function writeDebian(tar: TarWriter, debs: readonly string[]): Promise<void> {
  const tree = new Tree(tar);
  for (const name of MERGED) {
    tar.folder(`usr/${name}`, FOLDER);
    tar.link(name, 'link', `usr/${name}`, { ...FOLDER, mode: 0o777 });
  }
  const records: DpkgRecord[] = [];
  for (const deb of debs) records.push(await unpackOne(tree, deb));
  await tree.text(`${DPKG}/status`, records.map((record) => record.stanza).join('\n'));
  await tree.text(`${DPKG}/info/format`, '1\n');
  for (const name of ['available', 'diversions', 'statoverride', 'triggers/Unincorp', 'triggers/Lock', 'lock'])
    await tree.text(`${DPKG}/${name}`, '');
  for (const name of ['alternatives', 'parts', 'updates']) tar.folder(`${DPKG}/${name}`, FOLDER);
  for (const [name, text] of triggerFiles(records)) await tree.text(`${DPKG}/triggers/${name}`, text);
}

async function unpackOne(tree: Tree, deb: string): Promise<DpkgRecord> {
  const files = new Map<string, Buffer>();
  const control = execa('dpkg-deb', ['--ctrl-tarfile', deb], { stdin: 'ignore', buffer: { stdout: false } });
  for await (const item of readTar(control.readable({ from: 'stdout' }), deb))
    if (item.entry.kind === 'file') files.set(item.entry.path, await buffer(item.content()));
  const record = dpkgRecord(files, deb);
  const list = ['/.'];
  for await (const item of readTar(openDeb(deb), deb)) {
    list.push(`/${item.entry.path}`);
    await tree.lay(item);
  }
  const info = `${DPKG}/info/${record.stem}`;
  await tree.text(`${info}.list`, `${list.join('\n')}\n`);
  for (const [name, bytes] of files) {
    if (name !== 'control') await tree.text(`${info}.${name}`, bytes, SCRIPTS.has(name) ? 0o755 : 0o644);
  }
  return record;
}

const SCRIPTS = new Set(['preinst', 'postinst', 'prerm', 'postrm', 'config']);

/** A root with /bin, /lib … merged into /usr, in which each path is written once. */
class Tree {
  readonly #tar: TarWriter;
  readonly #written = new Set<string>();

  constructor(tar: TarWriter) {
    this.#tar = tar;
  }

  /** Lays one entry of a package into the root. */
  async lay({ entry, content }: TarItem): Promise<void> {
    const path = merged(entry.path);
    if (leftOut(path) || this.#written.has(path) || MERGED.includes(path)) return;
    const { mode, mtime, uid, gid } = entry;
    this.#tar.parents(path, () => FOLDER);
    if (entry.kind === 'folder') return this.#tar.folder(path, { mode, mtime, uid, gid });
    this.#written.add(path);
    if (entry.kind === 'file') return await this.#tar.file(path, { mode, mtime, uid, gid }, entry.size, content());
    const target = entry.kind === 'hardlink' ? merged(entry.target ?? '') : (entry.target ?? '');
    if (entry.kind === 'link' || this.#written.has(target))
      this.#tar.link(path, entry.kind, target, { mode: 0o777, mtime, uid, gid });
  }

  /** Writes a file of ours. */
  async text(path: string, text: string | Buffer, mode: number = FILE.mode): Promise<void> {
    this.#tar.parents(path, () => FOLDER);
    const bytes = Buffer.from(text);
    await this.#tar.file(path, { ...FILE, mode }, bytes.length, Readable.from([bytes]));
  }
}

function merged(path: string): string {
  const first = path.split('/', 1)[0] ?? '';
  return MERGED.includes(first) ? `usr/${path}` : path;
}
