import type { SquashfsOptions } from '../host/squashfs.ts';
import type { Tools } from '../host/tool-tree.ts';

/** What every step that makes a part of the medium works with. */
export interface MediaWorkshop {
  readonly tools: Tools;
  /** Debian's signed boot loaders. */
  readonly signed: Tools;
  readonly signal: AbortSignal;
  /** Folder of this build's own, empty at its start. */
  readonly folder: string;
  /** SOURCE_DATE_EPOCH: the time of everything we make, seconds since 1970. */
  readonly epoch: number;
  readonly compress: Exclude<SquashfsOptions['compress'], 'lz4'>;
}
