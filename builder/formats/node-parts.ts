import { elfSection } from './elf-section.ts';

/** How C++ exceptions find their handlers. Node.js and V8 are compiled without exceptions: whatever threw one would end it anyway. */
const UNWIND_TABLES = ['.eh_frame_hdr', '.eh_frame'];
/** A WebAssembly module (its magic word and version) as a string in base64. */
const MODULE = Buffer.from('"AGFzbQEAAAAB');
/** Of those inside Node.js only the compiler that takes types out of TypeScript is as big. */
const COMPILER_BYTES = 1_000_000;

/**
 * Blanks, in place, what the agent has no use for: unwind tables, and the compiler for TypeScript (our programs are bundles). Blank
 * bytes all but vanish in a compressed image. JavaScript, workers, node:ffi and node:sqlite work as before.
 * @returns the number of bytes blanked; 0 where the program does not look as expected.
 */
export function blankUnusedParts(program: Buffer): number {
  const tables = UNWIND_TABLES.map((name) => elfSection(program, name)?.bytes ?? Buffer.of());
  for (const table of tables) table.fill(0);
  let blanked = tables.reduce((sum, { length }) => sum + length, 0);
  for (let at = program.indexOf(MODULE); at >= 0; at = program.indexOf(MODULE, at + 1)) {
    const end = program.indexOf('"', at + 1);
    if (end - at < COMPILER_BYTES) continue;
    // Still base64, so that the source around it stays JavaScript.
    program.fill('A', at + 1, end);
    blanked += end - at - 1;
  }
  return blanked;
}
