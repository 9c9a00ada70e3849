/** Size of an ELF section header: 64-bit and 32-bit. */
const HEADER = { wide: 64, narrow: 40 } as const;

/** Where a section header keeps what we read. Source: the System V ABI, chapter 4. */
const FIELDS = {
  wide: { offset: 24, size: 32 },
  narrow: { offset: 16, size: 20 },
} as const;

/** An ELF file: whether it is 64-bit, and the bytes of one of its sections (undefined where it has none of that name). */
export interface ElfSection {
  readonly is64: boolean;
  readonly bytes: Buffer | undefined;
}

/** Finds the section `name` of an ELF object; undefined when `file` is no little-endian ELF, or damaged. */
export function elfSection(file: Buffer, name: string): ElfSection | undefined {
  if (file.length < 64 || file.toString('latin1', 0, 4) !== '\x7fELF' || file[5] !== 1) return undefined;
  const is64 = file[4] === 2;
  try {
    return { is64, bytes: findSection(file, is64, name) };
  } catch {
    return undefined; // an offset points out of the file (RangeError)
  }
}

function findSection(file: Buffer, is64: boolean, name: string): Buffer | undefined {
  const start = is64 ? Number(file.readBigUInt64LE(0x28)) : file.readUInt32LE(0x20);
  const count = file.readUInt16LE(is64 ? 0x3c : 0x30);
  const step = is64 ? HEADER.wide : HEADER.narrow;
  const names = sectionBytes(file, start + step * file.readUInt16LE(is64 ? 0x3e : 0x32), is64);
  for (let i = 0; i < count; i++) {
    const header = start + step * i;
    const nameAt = file.readUInt32LE(header);
    const end = names.indexOf(0, nameAt);
    if (names.toString('latin1', nameAt, end) === name) return sectionBytes(file, header, is64);
  }
  return undefined;
}

function sectionBytes(file: Buffer, header: number, is64: boolean): Buffer {
  const at = is64 ? FIELDS.wide : FIELDS.narrow;
  const read = (field: number) =>
    is64 ? Number(file.readBigUInt64LE(header + field)) : file.readUInt32LE(header + field);
  const from = read(at.offset);
  return file.subarray(from, from + read(at.size));
}
