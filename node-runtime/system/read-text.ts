import { readFileSync } from 'node:fs';

/** A file of the kernel's as bytes, one character each; empty when it is not there, or has just gone. */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
