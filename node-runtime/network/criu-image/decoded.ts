import { imageEntries } from './entries.ts';
import { type Field, readFields } from './protobuf.ts';

/** Rights of a thread, as an image says them (creds.proto). */
export interface ImageRights {
  /** Real, effective, saved, of the file system. */
  readonly uids: readonly number[];
  readonly gids: readonly number[];
  readonly groups: readonly number[];
  /** Has any capability of any kind. */
  readonly capable: boolean;
}

/** A mount, as an image says it (mnt.proto). */
export interface ImageMount {
  /** CRIU's number of the kind of file system. */
  readonly kind: number;
  readonly path: string;
  /** Made by whoever restores, not by CRIU. */
  readonly external: boolean;
}

const CORE = { thread: 5, rights: 10 } as const;
const UIDS = [1, 3, 5, 7];
const GIDS = [2, 4, 6, 8];
const CAPABILITIES = [9, 10, 11, 12];
const GROUPS = 14;
/** `key`: the name by which the restorer hands it in. */
const MOUNT = { kind: 1, path: 7, key: 18 } as const;

/** Rights in a core-*.img; none where the thread has none of its own (a zombie). */
export function rightsIn(image: Buffer): ImageRights[] {
  return imageEntries(image).flatMap((entry) =>
    nested(readFields(entry), CORE.thread)
      .flatMap((thread) => nested(thread, CORE.rights))
      .map((fields) => ({
        uids: numbers(fields, UIDS),
        gids: numbers(fields, GIDS),
        groups: numbers(fields, [GROUPS]),
        capable: numbers(fields, CAPABILITIES).some((part) => part !== 0),
      })),
  );
}

/** Mounts in a mountpoints-*.img. */
export function mountsIn(image: Buffer): ImageMount[] {
  return imageEntries(image).map((entry) => {
    const fields = readFields(entry);
    return {
      kind: numbers(fields, [MOUNT.kind])[0] ?? 0,
      path: fields.find((field) => field.number === MOUNT.path)?.bytes?.toString('latin1') ?? '',
      external: fields.some((field) => field.number === MOUNT.key && field.bytes?.length !== 0),
    };
  });
}

function nested(fields: readonly Field[], number: number): Field[][] {
  return fields.flatMap((field) => (field.number === number && field.bytes ? [readFields(field.bytes)] : []));
}

/** Repeated numbers stand one by one, or packed behind a length. */
function numbers(fields: readonly Field[], wanted: readonly number[]): number[] {
  return fields.flatMap((field) => {
    if (!wanted.includes(field.number)) return [];
    return field.bytes ? unpacked(field.bytes) : [Number(field.value)];
  });
}

function unpacked(bytes: Buffer): number[] {
  const out: number[] = [];
  let value = 0;
  let scale = 1;
  for (const byte of bytes) {
    value += (byte & 0x7f) * scale;
    scale *= 128;
    if (byte >= 0x80) continue;
    out.push(value);
    value = 0;
    scale = 1;
  }
  return out;
}
