import { existsSync, globSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { hashFolder } from '../cache/hash-files.ts';
import type { StepCache, StepResult } from '../cache/step-cache.ts';
import type { Tools } from '../host/tool-tree.ts';

const GCC = 'usr/lib/gcc/x86_64-linux-gnu/12';
const MUSL_LIB = 'usr/lib/x86_64-linux-musl';

const CC1_FLAGS = [
  '-quiet',
  '-O2',
  '-std=gnu11',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-fstack-protector-strong',
  '-ffunction-sections',
  '-fdata-sections',
  '-march=x86-64',
  '-nostdinc',
];

/** Without a stack protector, whose failure is reported by the C library. */
const LIBRARY_FLAGS = ['-fPIC', '-fno-stack-protector'];

/** Names of the C programs below node-runtime/native; `common` holds what they share. */
export function nativePrograms(native: string): string[] {
  if (!existsSync(native)) return [];
  return readdirSync(native, { withFileTypes: true })
    .filter((one) => one.isDirectory() && one.name !== 'common')
    .map((one) => one.name)
    .filter((name) => globSync(`${name}/*.c`, { cwd: native }).length > 0)
    .toSorted();
}

/**
 * Compiles every C program to a static binary, or to a shared library where its name says so, with the compiler of the tool
 * tree and musl. The driver gcc would start cc1, as and ld without their own loader and libraries; so they are started one
 * by one.
 * @returns the folder with one program per name.
 */
export async function compileNative(cache: StepCache, tools: Tools, native: string): Promise<StepResult> {
  const versions = ['gcc-12', 'binutils', 'musl-dev', 'linux-libc-dev'].map(
    (name) => tools.packages.find((one) => one.name === name)?.version ?? '',
  );
  const inputs = {
    sources: await hashFolder(native, '**/*.{c,h}'),
    compiler: versions,
    flags: [...CC1_FLAGS, ...LIBRARY_FLAGS],
  };
  return cache.result('native', inputs, async (folder) => {
    for (const name of nativePrograms(native)) await compileProgram(tools, native, name, folder);
  });
}

async function compileProgram(tools: Tools, native: string, name: string, out: string): Promise<void> {
  const library = name.endsWith('.so');
  const folders = library ? name : `{${name},common}`;
  const flags = [...CC1_FLAGS, ...(library ? LIBRARY_FLAGS : ['-fno-pie']), ...includes(tools), '-I', 'common'];
  const objects: string[] = [];
  for (const source of globSync(`${folders}/*.c`, { cwd: native }).toSorted()) {
    const stem = path.join(out, `.${name}-${source.replaceAll('/', '-')}`);
    // Relative names and the sources as working folder: no path of this machine reaches the program.
    await tools.run(`${GCC}/cc1`, [...flags, '-o', `${stem}.s`, source], { cwd: native });
    await tools.run('as', ['--64', '-o', `${stem}.o`, `${stem}.s`], { cwd: out });
    objects.push(`${stem}.o`);
  }
  await (library ? linkLibrary : link)(tools, objects, path.join(out, name));
  await tools.run('strip', [path.join(out, name)]);
  await removeHidden(out);
}

function includes(tools: Tools): string[] {
  const folders = ['usr/include/x86_64-linux-musl', `${GCC}/include`, 'usr/include', 'usr/include/x86_64-linux-gnu'];
  return folders.flatMap((folder) => ['-isystem', tools.path(folder)]);
}

async function link(tools: Tools, objects: readonly string[], out: string): Promise<void> {
  const musl = (file: string) => tools.path(`${MUSL_LIB}/${file}`);
  const libraries = ['--start-group', musl('libc.a'), tools.path(`${GCC}/libgcc.a`), '--end-group'];
  const flags = ['-static', '--gc-sections', '--build-id=none', '-z', 'noexecstack', '-z', 'relro'];
  await tools.run('ld', [
    ...flags,
    '-o',
    out,
    musl('crt1.o'),
    musl('crti.o'),
    ...objects,
    ...libraries,
    musl('crtn.o'),
  ]);
}

/** Is loaded into a program that brings its C library along: of that it may only use what every one has. */
async function linkLibrary(tools: Tools, objects: readonly string[], out: string): Promise<void> {
  const flags = ['-shared', '--gc-sections', '--build-id=none', '-z', 'noexecstack', '-z', 'relro', '-z', 'now'];
  await tools.run('ld', [...flags, '-o', out, ...objects]);
}

async function removeHidden(folder: string): Promise<void> {
  for (const name of readdirSync(folder)) if (name.startsWith('.')) await rm(path.join(folder, name));
}
