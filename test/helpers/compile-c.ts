import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openTools } from '#builder/host/open-tools.ts';
import type { ToolSet } from '#builder/host/tool-sets.ts';
import type { Tools } from '#builder/host/tool-tree.ts';

const GCC = 'usr/lib/gcc/x86_64-linux-gnu/12';

/** How a C program is made. */
export interface CompileOptions {
  /** The sources' names are relative to it. */
  readonly cwd: string;
  readonly flags?: readonly string[];
  /** With ASan and UBSan, which end it at the first mistake. */
  readonly sanitize?: boolean;
}

/**
 * Makes a C program that runs on this machine (with the C library of any Debian since 12), by the pinned compiler of the image: nobody
 * who runs tests needs one of her own. The sanitizers, which come with that compiler, are linked in.
 */
export async function compileC(out: string, sources: readonly string[], options: CompileOptions): Promise<void> {
  const { cwd, flags = [], sanitize = false } = options;
  const open = (set: ToolSet) => openTools(set, { env: process.env, notice: () => {} });
  const trees = { tools: await open('image'), libc: await open('libc') };
  const { tools } = trees;
  const work = mkdtempSync(path.join(os.tmpdir(), 'plumpos-cc-'));
  try {
    const checked = sanitize ? ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'] : [];
    const all = [
      '-quiet',
      '-g',
      '-O1',
      '-std=gnu11',
      '-fPIE',
      '-fno-omit-frame-pointer',
      ...includes(trees),
      ...checked,
      ...flags,
    ];
    const objects = sources.map(async (source, index) => {
      const stem = path.join(work, String(index));
      await tools.run(`${GCC}/cc1`, [...all, '-o', `${stem}.s`, source], { cwd });
      await tools.run('as', ['--64', '-o', `${stem}.o`, `${stem}.s`]);
      return `${stem}.o`;
    });
    mkdirSync(path.dirname(out), { recursive: true });
    await link(trees, await Promise.all(objects), out, sanitize);
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** The compiler, and what of the C library it needs beside the library itself. */
interface Trees {
  readonly tools: Tools;
  readonly libc: Tools;
}

function includes({ tools, libc }: Trees): string[] {
  const folders = [
    tools.path(`${GCC}/include`),
    libc.path('usr/include/x86_64-linux-gnu'),
    libc.path('usr/include'),
    tools.path('usr/include/x86_64-linux-gnu'),
    tools.path('usr/include'),
  ];
  return ['-nostdinc', ...folders.flatMap((folder) => ['-isystem', folder])];
}

async function link({ tools, libc }: Trees, objects: readonly string[], out: string, sanitize: boolean): Promise<void> {
  const gcc = (file: string) => tools.path(`${GCC}/${file}`);
  const start = (file: string) => libc.path(`usr/lib/x86_64-linux-gnu/${file}`);
  const library = (file: string) => tools.path(`lib/x86_64-linux-gnu/${file}`);
  const head = ['-pie', '--eh-frame-hdr', '-dynamic-linker', '/lib64/ld-linux-x86-64.so.2', '-o', out];
  const begin = [start('Scrt1.o'), start('crti.o'), gcc('crtbeginS.o')];
  const checks = ['--whole-archive', gcc('libasan.a'), '--no-whole-archive', gcc('libubsan.a'), '--export-dynamic'];
  const helpers = [gcc('libgcc.a'), '--as-needed', library('libgcc_s.so.1'), library('libm.so.6'), '--no-as-needed'];
  const c = [library('libc.so.6'), start('libc_nonshared.a'), '--as-needed', library('ld-linux-x86-64.so.2')];
  const end = [gcc('libgcc.a'), gcc('crtendS.o'), start('crtn.o')];
  const code = sanitize ? [gcc('libasan_preinit.o'), ...objects, ...checks] : objects;
  await tools.run('ld', [...head, ...begin, ...code, ...helpers, ...c, ...end]);
}
