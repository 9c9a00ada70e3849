import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { PlumpError } from '#runtime/base/errors.ts';
import { writeCpio } from '../formats/cpio.ts';
import { KERNEL_ARGS } from '../plan/boot-menu.ts';
import type { KernelFiles, ServedFiles } from './boot-request.ts';

const PREFIX = 'plumpos-tftp-';
const SCRIPTS = ['plumpos.ipxe', 'grub', 'pxelinux.cfg'];

/**
 * A TFTP root to serve: links to the files of `pxe`, and copies of its scripts with arguments added, that start `kernel` where one is
 * named. They may hold the cluster's secret, so the folder is this user's only; what a killed process left is swept up by the next
 * one. With `plumpos.root=` among the arguments the node fetches its root itself: no loader brings it then.
 */
export async function serveScratch(
  pxe: string,
  append: string,
  kernel?: string,
): Promise<ServedFiles & AsyncDisposable> {
  await sweep();
  const root = await mkdtemp(path.join(os.tmpdir(), `${PREFIX}${process.pid}-`));
  for (const name of await readdir(pxe))
    if (!SCRIPTS.includes(name)) await symlink(path.join(pxe, name), path.join(root, name));
  await mkdir(path.join(root, 'grub'));
  const change = (name: string, edit: (text: string) => string) =>
    writeFile(path.join(root, name), edit(withWanted(readFileSync(path.join(pxe, name), 'utf8'), append)));
  const named = (text: string, line: RegExp, choice: string) =>
    kernel === undefined ? text : text.replace(line, () => `${choice}${kernel}`);
  await change('plumpos.ipxe', (text) =>
    named(text, /^(?:choose|set kernel) .*$/m, 'set kernel ').replace(/^set append.*$/m, () => `set append ${append}`),
  );
  await change('grub/grub.cfg', (text) =>
    named(text, /^set default=.*$/m, 'set default=').replaceAll(/^\s*linux .*$/gm, (line) => `${line} ${append}`),
  );
  return { root, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) };
}

/** Arguments with which a node fetches its root by itself. */
const FETCHES = /(?:^| )plumpos\.root=/;

/** A loader's script that brings the root, or does not where the node fetches it. */
function withWanted(script: string, append: string): string {
  return FETCHES.test(append) ? script.replaceAll(/^initrd root\.cpio\n| \S*root\.cpio/gm, '') : script;
}

async function sweep(): Promise<void> {
  const running = new Set(readdirSync('/proc'));
  for (const name of await readdir(os.tmpdir())) {
    const [, pid] = new RegExp(`^${PREFIX}(\\d+)-`).exec(name) ?? [];
    if (pid !== undefined && !running.has(pid))
      await rm(path.join(os.tmpdir(), name), { recursive: true, force: true }).catch(() => {});
  }
}

/**
 * The files of a kernel in a TFTP root, as QEMU takes them: the default one, or the one of that name.
 * @throws PlumpError PLUMP_IMAGE when it is none of ours, PLUMP_KERNEL when it has no kernel of that name
 */
export function kernelFiles(pxe: string, append: string, wish?: string): KernelFiles {
  const script = readScript(pxe);
  const [, first] = /^(?:choose --default|set kernel) (\S+)/m.exec(script) ?? [];
  const name = wish ?? first;
  if (wish !== undefined && !existsSync(path.join(pxe, wish, 'vmlinuz')))
    throw new PlumpError('PLUMP_KERNEL', `${pxe} has no kernel called '${wish}'`, {
      hint: `its first one is ${first}`,
    });
  if (name === undefined) throw new PlumpError('PLUMP_IMAGE', `${pxe}/plumpos.ipxe names no kernel`);
  const parts = [`${name}/initrd.img`, `${name}/modules.cpio`].map((part) => path.join(pxe, part));
  const { initrds, append: shown } = FETCHES.test(append)
    ? { initrds: [], append }
    : withoutSecret(pxe, append, path.join(pxe, 'root.cpio'));
  return {
    vmlinuz: path.join(pxe, name, 'vmlinuz'),
    initrds: [...parts, ...initrds],
    append: `${KERNEL_ARGS} ${shown}`.trim(),
  };
}

/**
 * QEMU's command line is read by every user of the machine, so a join code does not go there: the node gets the configuration of
 * its image with the code in it, as an archive behind the root's, in which the kernel lets the later file win. (Where the node
 * fetches its root there is none to go before: then the code stays an argument.)
 */
function withoutSecret(pxe: string, append: string, root: string): Pick<KernelFiles, 'initrds' | 'append'> {
  const codes = [...append.matchAll(JOIN)].map(([, code]) => code);
  const join = codes.at(-1);
  if (join === undefined) return { initrds: [root], append };
  const config = { ...(JSON.parse(readFileSync(path.join(pxe, IMAGE_CONFIG), 'utf8')) as object), join };
  const data = Buffer.from(`${JSON.stringify(config)}\n`);
  const archive = writeCpio([{ path: `medium/${IMAGE_CONFIG}`, kind: 'file', mode: 0o600, data }], 0);
  return { initrds: [root, archive], append: append.replaceAll(JOIN, ' ').replaceAll(/ +/g, ' ').trim() };
}

const JOIN = /(?<!\S)plumpos\.join=(\S*)/g;
const IMAGE_CONFIG = 'plumpos/config.json';

function readScript(pxe: string): string {
  try {
    return readFileSync(path.join(pxe, 'plumpos.ipxe'), 'utf8');
  } catch (cause) {
    const hint = 'it is made by ./plumpos build, beside the ISO file';
    throw new PlumpError('PLUMP_IMAGE', `there is no TFTP root at ${pxe}`, { hint, cause });
  }
}
