import { globSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cacheFolder } from '#builder/cache/cache-folder.ts';
import { StepCache } from '#builder/cache/step-cache.ts';
import { openTools } from '#builder/host/open-tools.ts';
import { bundleRuntime } from '#builder/steps/bundle-runtime.ts';
import { compileNative } from '#builder/steps/compile-native.ts';
import { compileC } from './compile-c.ts';

const root = path.resolve(import.meta.dirname, '../..');
const sources = path.join(root, 'node-runtime/native');

/** Folder with the C programs as the image has them. */
export async function nativePrograms(): Promise<string> {
  const tools = await openTools('image', { env: process.env, notice: () => {} });
  return (await compileNative(new StepCache(cacheFolder(process.env)), tools, sources)).folder;
}

/** Folder with agent.cjs and tools.cjs as the image has them. */
export async function bundledRuntime(): Promise<string> {
  return (await bundleRuntime(new StepCache(cacheFolder(process.env)), root)).folder;
}

/** What a sanitizer has to say goes to a file: stderr of these programs is somebody else's. Pid 1 of a job cannot look for leaks. */
const optionsIn = (folder: string) => `
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "detect_leaks=0:log_path=${folder}/found"; }
const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void) { return "log_path=${folder}/found"; }
`;

/** Makes the C programs with ASan and UBSan in a folder, where they write what they find into files `found.PID`. */
export async function sanitizedPrograms(folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true, mode: 0o777 });
  const options = path.join(folder, 'options.c');
  writeFileSync(options, optionsIn(folder));
  const compile = (name: string) => {
    const files = globSync([`${name}/*.c`, 'common/*.c'], { cwd: sources });
    return compileC(path.join(folder, name), [options, ...files], { cwd: sources, sanitize: true });
  };
  await Promise.all(['plumpos', 'shim', 'relay'].map(compile));
  return folder;
}
