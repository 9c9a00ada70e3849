import path from 'node:path';
import { cacheFolder } from '#builder/cache/cache-folder.ts';
import { StepCache } from '#builder/cache/step-cache.ts';
import { openTools } from '#builder/host/open-tools.ts';
import { compileNative } from '#builder/steps/compile-native.ts';

const sources = path.resolve(import.meta.dirname, '../../node-runtime/native');

/** Folder with the C programs as the image has them. */
export async function nativePrograms(): Promise<string> {
  const tools = await openTools('image', { env: process.env, notice: () => {} });
  return (await compileNative(new StepCache(cacheFolder(process.env)), tools, sources)).folder;
}
