import type { FileHandle } from 'node:fs/promises';
import type { ReadAt } from '../formats/iso.ts';

/** Reads an open file by place, for those who look into an image. */
export function readAt(file: FileHandle): ReadAt {
  return async (offset, length) => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
    return buffer.subarray(0, bytesRead);
  };
}
