import { gzipSync } from 'node:zlib';

/** A small bzImage: setup header, version line and a packed payload, as readBzImage looks at them. */
export function bzImage(
  options: { readonly version?: string; readonly is64?: boolean; readonly kernel?: Buffer } = {},
): Buffer {
  const { version = '6.1.0-56-amd64 (x@y) #1 SMP', is64 = true, kernel = Buffer.alloc(0) } = options;
  const payload = Buffer.concat([gzipSync(kernel), Buffer.from([0, 0, 0, 0])]);
  const head = Buffer.alloc(1024);
  head[0x1f1] = 1;
  head.writeUInt16LE(0xaa55, 0x1fe);
  head.write('HdrS', 0x202, 'latin1');
  head.writeUInt16LE(0x020f, 0x206);
  head.writeUInt16LE(0x100, 0x20e);
  head.writeUInt16LE(is64 ? 0x7f : 0x7e, 0x236);
  head.writeUInt32LE(0, 0x248);
  head.writeUInt32LE(payload.length, 0x24c);
  head.write(`${version}\0`, 0x300, 'latin1');
  return Buffer.concat([head, payload]);
}

/** What CONFIG_IKCONFIG puts into a kernel. */
export function withConfig(config: string): Buffer {
  return Buffer.concat([Buffer.from('code IKCFG_ST'), gzipSync(config), Buffer.from('IKCFG_ED data')]);
}

/** A 64-bit ELF object with one section of interest: what readModuleInfo looks at. */
export function kernelModule(vermagic: string, is64 = true): Buffer {
  const modinfo = Buffer.from(`license=GPL\0vermagic=${vermagic}\0`);
  const names = Buffer.from('\0.modinfo\0.names\0');
  const head = Buffer.alloc(64);
  head.write('\x7fELF', 0, 'latin1');
  head[4] = is64 ? 2 : 1;
  head[5] = 1;
  const sections = 64 + modinfo.length + names.length;
  const [width, at] = is64
    ? [64, { table: 0x28, count: 0x3c, names: 0x3e }]
    : [40, { table: 0x20, count: 0x30, names: 0x32 }];
  if (is64) head.writeBigUInt64LE(BigInt(sections), at.table);
  else head.writeUInt32LE(sections, at.table);
  head.writeUInt16LE(3, at.count);
  head.writeUInt16LE(2, at.names);
  const table = [
    [0, 0, 0],
    [1, 64, modinfo.length],
    [10, 64 + modinfo.length, names.length],
  ].map(([name = 0, from = 0, size = 0]) => {
    const section = Buffer.alloc(width);
    section.writeUInt32LE(name, 0);
    if (is64) {
      section.writeBigUInt64LE(BigInt(from), 24);
      section.writeBigUInt64LE(BigInt(size), 32);
    } else {
      section.writeUInt32LE(from, 16);
      section.writeUInt32LE(size, 20);
    }
    return section;
  });
  return Buffer.concat([head, modinfo, names, ...table]);
}
