import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openSupplies, resolveOnce } from '#builder/lab/supplies.ts';
import { execa } from 'execa';
import { endsWithUs } from '#builder/host/ends-with-us.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** An image beside the one under test: two kernels in its menu, no cluster secret, a root shell behind a password. */
export interface OtherImage extends Disposable {
  readonly iso: string;
  readonly pxe: string;
}

export const OTHER = { kernel: 'second', password: 'tea4two' } as const;

/** Builds it from the parts the first one was made of: only the medium is written anew. */
export async function buildOtherImage(): Promise<OtherImage> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'plumpos-other-'));
  const kernel = await stockKernel();
  const twin = path.join(folder, 'kernel.deb');
  symlinkSync(kernel, twin);
  const kernels = ['--kernel', kernel, '--kernel', `${OTHER.kernel}=${twin}`];
  const [program, ...words] = endsWithUs([path.join(root, 'plumpos'), 'build', '--no-key', ...kernels], 'TERM');
  const build = await execa(program, words, {
    cwd: folder,
    env: { PLUMPOS_CONSOLE_PASSWORD: OTHER.password },
    reject: false,
  });
  if (build.exitCode !== 0) throw new Error(`the other image cannot be built: ${build.stderr}`);
  return {
    iso: path.join(folder, 'final/plumpos.iso'),
    pxe: path.join(folder, 'final/pxe'),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The .deb the stock kernel comes from. */
async function stockKernel(): Promise<string> {
  const signal = new AbortController().signal;
  const supplies = await openSupplies({ env: process.env, signal, notice: () => {} });
  const all = await resolveOnce(supplies, ['linux-image-amd64']);
  const [file] = await supplies.apt.fetch(all.filter((deb) => /^linux-image-\d/.test(deb.name)));
  return file ?? '';
}
