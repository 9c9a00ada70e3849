import { PlumpError } from '#runtime/base/errors.ts';

/**
 * What the setup header of a Linux kernel for PCs says.
 * Source: Documentation/arch/x86/boot.rst of the kernel.
 */
export interface BzImage {
  /** Boot protocol, e.g. 0x020f. */
  readonly protocol: number;
  /** Release as `uname -r` will say it, e.g. 6.1.0-56-amd64. */
  readonly release: string;
  /** The whole version line: release, who built it, when. */
  readonly version: string;
  /** Has it a 64-bit entry point? A 32-bit kernel has none. */
  readonly is64: boolean;
  /** Does it carry a signature for Secure Boot? Whose, is the firmware's business. */
  readonly signed: boolean;
  /** The compressed kernel proper, absent where the header does not tell where it is (protocol before 2.08). */
  readonly payload: Uint8Array | undefined;
}

/** Bytes from the start that the setup header may take. */
const HEADER_END = 0x268;
const XLF_KERNEL_64 = 1;

/**
 * Reads a bzImage.
 * @throws PlumpError PLUMP_KERNEL when these bytes are no kernel for PCs; `where` names the file in the message.
 */
export function readBzImage(bytes: Uint8Array, where: string): BzImage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_END || text(bytes, 0x202, 4) !== 'HdrS' || view.getUint16(0x1fe, true) !== 0xaa55)
    throw notAKernel(where, 'the setup header of a bzImage is missing');
  const protocol = view.getUint16(0x206, true);
  if (protocol < 0x0200) throw notAKernel(where, `boot protocol ${protocol.toString(16)} is older than 2.00`);
  const version = versionLine(bytes, view, where);
  return {
    protocol,
    version,
    release: version.split(' ')[0] ?? '',
    is64: protocol >= 0x020c && (view.getUint16(0x236, true) & XLF_KERNEL_64) !== 0,
    signed: isSigned(bytes, view),
    payload: protocol >= 0x0208 ? payload(bytes, view, where) : undefined,
  };
}

/** The security entry of the PE header's data directories (a kernel with an EFI stub is a PE program too). */
function isSigned(bytes: Uint8Array, view: DataView): boolean {
  const pe = view.getUint32(0x3c, true);
  if (pe + 176 > bytes.length || text(bytes, pe, 4) !== 'PE') return false;
  const [magic, directories] = [view.getUint16(pe + 24, true), view.getUint32(pe + 132, true)];
  return magic === 0x20b && directories > 4 && view.getUint32(pe + 172, true) > 0;
}

function versionLine(bytes: Uint8Array, view: DataView, where: string): string {
  const offset = view.getUint16(0x20e, true);
  if (offset === 0) throw notAKernel(where, 'it does not tell its version');
  const line = text(bytes, offset + 0x200, 256);
  if (!/^\d+\.\d+[\w.+~-]*( |$)/.test(line)) throw notAKernel(where, 'its version line is not readable');
  return line;
}

/** Real-mode sectors come first, then the protected-mode part, in which `payload_offset` counts. */
function payload(bytes: Uint8Array, view: DataView, where: string): Uint8Array {
  const sectors = view.getUint8(0x1f1) || 4;
  const start = (sectors + 1) * 512 + view.getUint32(0x248, true);
  const length = view.getUint32(0x24c, true);
  if (start + length > bytes.length)
    throw new PlumpError('PLUMP_KERNEL', `${where} is cut short: ${bytes.length} of ${start + length} bytes or more`, {
      hint: 'copy the kernel again',
    });
  return bytes.subarray(start, start + length);
}

function text(bytes: Uint8Array, from: number, longest: number): string {
  const part = bytes.subarray(from, from + longest);
  const end = part.indexOf(0);
  return Buffer.from(end < 0 ? part : part.subarray(0, end)).toString('latin1');
}

function notAKernel(where: string, why: string): PlumpError {
  return new PlumpError('PLUMP_KERNEL', `${where} is not a Linux kernel for PCs: ${why}`, {
    hint: 'give the bzImage that the kernel build leaves in arch/x86/boot/',
  });
}
