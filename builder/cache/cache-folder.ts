import path from 'node:path';

/** Folder of everything fetched and made once: `PLUMPOS_CACHE`, else the user's cache folder (XDG Base Directory Specification). */
export function cacheFolder(env: Readonly<Record<string, string | undefined>>): string {
  if (env['PLUMPOS_CACHE']) return path.resolve(env['PLUMPOS_CACHE']);
  return path.join(env['XDG_CACHE_HOME'] || path.join(env['HOME'] || '/', '.cache'), 'plumpos');
}
