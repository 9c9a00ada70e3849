import { gunzipSync, zstdDecompressSync } from 'node:zlib';

/** Options of a kernel: name without CONFIG_ -> `y`, `m`, or the text of its value. Unset options are absent. */
export type KernelConfig = ReadonlyMap<string, string>;

/** Reads a `.config`. Lines it does not know are comments to the kernel too, and are skipped. */
export function parseKernelConfig(text: string): KernelConfig {
  const config = new Map<string, string>();
  for (const line of text.split('\n')) {
    const found = /^CONFIG_([A-Z0-9a-z_]+)=(.*)$/.exec(line);
    if (found) config.set(found[1] as string, found[2] as string);
  }
  return config;
}

/** How a kernel's payload is packed, told by its first bytes; undefined where we cannot say. */
export function payloadFormat(payload: Uint8Array): 'gzip' | 'zstd' | 'xz' | undefined {
  const magic = Buffer.from(payload.subarray(0, 6)).toString('hex');
  if (magic.startsWith('1f8b')) return 'gzip';
  if (magic.startsWith('28b52ffd')) return 'zstd';
  return magic === 'fd377a585a00' ? 'xz' : undefined;
}

/** No kernel is bigger; a payload that claims to be is a bomb. */
const LARGEST_KERNEL = 512 * 1024 * 1024;

/**
 * Unpacks a payload of the two formats Node.js itself knows; undefined for others and for damaged ones.
 * (The payload has its unpacked length appended, which both decoders take for trailing garbage.)
 */
export function unpackPayload(payload: Uint8Array): Buffer | undefined {
  const unpack = { gzip: gunzipSync, zstd: zstdDecompressSync, xz: undefined }[payloadFormat(payload) ?? 'xz'];
  try {
    return unpack?.(payload.subarray(0, -4), { maxOutputLength: LARGEST_KERNEL });
  } catch {
    return undefined;
  }
}

const START = Buffer.from('IKCFG_ST\x1f\x8b', 'latin1');
const END = Buffer.from('IKCFG_ED', 'latin1');

/** The configuration inside an unpacked kernel built with CONFIG_IKCONFIG=y; undefined where there is none. */
export function embeddedConfig(kernel: Buffer): KernelConfig | undefined {
  const start = kernel.indexOf(START);
  const end = start < 0 ? -1 : kernel.indexOf(END, start);
  if (end < 0) return undefined;
  try {
    const text = gunzipSync(kernel.subarray(start + 8, end), { maxOutputLength: 4 * 1024 * 1024 }).toString('utf8');
    return parseKernelConfig(text);
  } catch {
    return undefined;
  }
}
