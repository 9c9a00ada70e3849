/** Where ICU's common data lies inside a program, and its table of contents. */
interface IcuTable {
  /** Offset of the table in the file; all offsets of the format count from here. */
  readonly base: number;
  readonly items: readonly IcuItem[];
}

interface IcuItem {
  readonly name: string;
  readonly nameOffset: number;
  readonly dataOffset: number;
  /** Offset of the next item's data: where this one's ends at the latest. */
  readonly dataEnd: number;
}

/** What trimming did. */
export interface IcuTrim {
  readonly kept: number;
  readonly dropped: number;
  /** Bytes zeroed; they all but vanish in a compressed image. */
  readonly zeroed: number;
}

const FEWEST_ITEMS = 500;
const MOST_ITEMS = 20_000;

/**
 * Trims the ICU common data embedded in a program to its root and English resources, in place: the table of contents is packed,
 * the data of dropped items zeroed. `Intl` then knows English only; `normalize`, `\p{…}` and time zones keep working.
 * Source: ICU source tree, common/udata and ucmndata.h (header `CmnD`, then a table of name and data offsets).
 * @returns undefined, and changes nothing, when the program holds no table that looks exactly as expected.
 */
export function trimIcuData(program: Buffer): IcuTrim | undefined {
  const table = findTable(program);
  if (!table) return undefined;
  const kept = table.items.filter((item) => isKept(item.name));
  if (kept.length === table.items.length || !kept.some((item) => item.name.endsWith('/root.res'))) return undefined;
  let zeroed = 0;
  for (const item of table.items) {
    if (isKept(item.name)) continue;
    program.fill(0, table.base + item.dataOffset, table.base + item.dataEnd);
    zeroed += item.dataEnd - item.dataOffset;
  }
  program.writeUInt32LE(kept.length, table.base);
  for (const [i, item] of kept.entries()) {
    program.writeUInt32LE(item.nameOffset, table.base + 4 + 8 * i);
    program.writeUInt32LE(item.dataOffset, table.base + 8 + 8 * i);
  }
  return { kept: kept.length, dropped: table.items.length - kept.length, zeroed };
}

/** Is an item, by its name in the table (`icudt78l/curr/de.res`), needed by an English-only program? */
export function isKept(name: string): boolean {
  const file = name.slice(name.lastIndexOf('/') + 1);
  const [stem = '', ending = ''] = [file.slice(0, file.lastIndexOf('.')), file.slice(file.lastIndexOf('.') + 1)];
  if (['cnv', 'dict', 'spp'].includes(ending) || name.includes('/translit/')) return false;
  if (ending !== 'res') return true;
  const isLocale = /^[a-z]{2,3}(_|$)/.test(stem);
  return !isLocale || stem === 'en' || stem === 'en_US' || stem === 'en_001';
}

function findTable(program: Buffer): IcuTable | undefined {
  for (let at = program.indexOf('CmnD'); at >= 0; at = program.indexOf('CmnD', at + 4)) {
    const table = readTable(program, at - 12);
    if (table) return table;
  }
  return undefined;
}

/** Reads header and table at `start`, or undefined when anything there is not as the format says. */
function readTable(program: Buffer, start: number): IcuTable | undefined {
  if (start < 0 || start + 24 > program.length) return undefined;
  const headerSize = program.readUInt16LE(start);
  const isHeader =
    program[start + 2] === 0xda && program[start + 3] === 0x27 && program[start + 8] === 0 && headerSize < 512;
  const base = start + headerSize;
  if (!isHeader || base + 4 > program.length) return undefined;
  const count = program.readUInt32LE(base);
  if (count < FEWEST_ITEMS || count > MOST_ITEMS || base + 4 + 8 * count > program.length) return undefined;
  const offsets = Array.from({ length: count }, (_, i) => ({
    nameOffset: program.readUInt32LE(base + 4 + 8 * i),
    dataOffset: program.readUInt32LE(base + 8 + 8 * i),
  }));
  const items = offsets.map((item, i) => ({
    ...item,
    name: nameAt(program, base + item.nameOffset),
    dataEnd: offsets[i + 1]?.dataOffset ?? item.dataOffset,
  }));
  return items.every((item, i) => looksRight(item, items[i - 1], program.length - base)) ? { base, items } : undefined;
}

function looksRight(item: IcuItem, before: IcuItem | undefined, room: number): boolean {
  const inOrder = before === undefined || (before.name < item.name && before.dataOffset <= item.dataOffset);
  return (
    /^icudt\d+[lb]?\/[\w./-]+$/.test(item.name) && inOrder && item.dataEnd >= item.dataOffset && item.dataEnd <= room
  );
}

function nameAt(program: Buffer, offset: number): string {
  const end = program.indexOf(0, offset);
  return end < 0 || end - offset > 100 ? '' : program.toString('latin1', offset, end);
}
