import { readFileSync } from 'node:fs';
import path from 'node:path';
import { PlumpError } from '#runtime/base/errors.ts';

/** rootfs/packages.json: the Debian packages of the image itself. */
export interface ImagePackages {
  readonly suite: string;
  /** SOURCE_DATE_EPOCH of everything made, seconds since 1970; raised with each release. */
  readonly epoch: number;
  /** Package -> file inside it -> path on the root. */
  readonly programs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Packages whose libraries are taken as far as the programs need them. */
  readonly libraries: readonly string[];
  /** Packages of which nothing but licence texts are taken. */
  readonly licences: readonly string[];
}

/** Reads and checks `rootfs`/packages.json. @throws PlumpError PLUMP_CONFIG */
export function readImagePackages(rootfs: string): ImagePackages {
  const file = path.join(rootfs, 'packages.json');
  let data: Partial<ImagePackages>;
  try {
    data = JSON.parse(readFileSync(file, 'utf8')) as Partial<ImagePackages>;
  } catch (cause) {
    throw new PlumpError('PLUMP_CONFIG', `${file}: ${(cause as Error).message}`, { cause });
  }
  const { suite, epoch, programs, libraries, licences } = data;
  if (
    typeof suite !== 'string' ||
    typeof epoch !== 'number' ||
    typeof programs !== 'object' ||
    !Array.isArray(libraries) ||
    !Array.isArray(licences)
  )
    throw new PlumpError('PLUMP_CONFIG', `${file} must hold suite, epoch, programs, libraries and licences`);
  return { suite, epoch, programs, libraries, licences };
}
