/** What a program or library asks its loader for. */
export interface ElfNeeds {
  /** Sonames, as in DT_NEEDED. */
  readonly needed: readonly string[];
  /** Path of the loader, for programs. */
  readonly interpreter: string | undefined;
}

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const DT_NEEDED = 1n;
const DT_STRTAB = 5n;

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

/**
 * Reads the dynamic section of a 64-bit little-endian ELF file. Source: System V ABI, chapters 4 and 5.
 * @returns undefined for anything that is no such file; no needs for a static program.
 */
export function readElfNeeds(file: Buffer): ElfNeeds | undefined {
  if (file.length < 64 || file.toString('latin1', 0, 6) !== '\x7fELF\x02\x01') return undefined;
  const segments = readSegments(file);
  const interp = segments.find((segment) => segment.type === PT_INTERP);
  const interpreter = interp && file.toString('latin1', interp.offset, interp.offset + interp.size - 1);
  const dynamic = segments.find((segment) => segment.type === PT_DYNAMIC);
  if (!dynamic) return { needed: [], interpreter };
  const entries = readDynamic(file, dynamic);
  const strings = fileOffset(segments, Number(entries.find(([tag]) => tag === DT_STRTAB)?.[1] ?? -1n));
  if (strings === undefined) return undefined;
  const needed = entries
    .filter(([tag]) => tag === DT_NEEDED)
    .map(([, value]) => stringAt(file, strings + Number(value)));
  return { needed, interpreter };
}

function readSegments(file: Buffer): Segment[] {
  const [start, size, count] = [Number(file.readBigUInt64LE(32)), file.readUInt16LE(54), file.readUInt16LE(56)];
  return Array.from({ length: count }, (_, i) => start + i * size)
    .filter((at) => at + 56 <= file.length)
    .map((at) => ({
      type: file.readUInt32LE(at),
      offset: Number(file.readBigUInt64LE(at + 8)),
      address: Number(file.readBigUInt64LE(at + 16)),
      size: Number(file.readBigUInt64LE(at + 32)),
    }));
}

function readDynamic(file: Buffer, dynamic: Segment): [tag: bigint, value: bigint][] {
  const entries: [bigint, bigint][] = [];
  const end = Math.min(dynamic.offset + dynamic.size, file.length) - 16;
  for (let at = dynamic.offset; at <= end; at += 16) {
    const tag = file.readBigUInt64LE(at);
    if (tag === 0n) break;
    entries.push([tag, file.readBigUInt64LE(at + 8)]);
  }
  return entries;
}

function fileOffset(segments: readonly Segment[], address: number): number | undefined {
  const home = segments.find(
    (one) => one.type === PT_LOAD && address >= one.address && address < one.address + one.size,
  );
  return home && home.offset + address - home.address;
}

function stringAt(file: Buffer, offset: number): string {
  return file.toString('latin1', offset, file.indexOf(0, offset));
}
