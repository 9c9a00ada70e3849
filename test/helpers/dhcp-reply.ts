/** A server's message, as bytes, with any field as wrong as a test wants it. */
export interface ReplyFields {
  readonly xid: number;
  /** Six bytes, with colons. */
  readonly mac: string;
  /** 2 offer, 5 ack, 6 nak. */
  readonly type: number;
  readonly address?: string;
  readonly server?: string;
  readonly mask?: string;
  readonly leaseSeconds?: number;
  /** Further options, or replacements, by code; undefined leaves one out. */
  readonly options?: Readonly<Record<number, readonly number[] | undefined>>;
  readonly op?: number;
  readonly cookie?: number;
}

/** Builds it by hand: the decoder under test must not build its own input. */
export function dhcpReply(fields: ReplyFields): Buffer {
  const { xid, mac, type, address = '10.10.0.77', server = '10.10.0.1', mask = '255.255.255.0' } = fields;
  const header = Buffer.alloc(240);
  header.set([fields.op ?? 2, 1, 6, 0]);
  header.writeUInt32BE(xid, 4);
  header.writeUInt16BE(0x8000, 10);
  header.set(dotted(address), 16);
  header.set(
    mac.split(':').map((byte) => Number.parseInt(byte, 16)),
    28,
  );
  header.writeUInt32BE(fields.cookie ?? 0x63825363, 236);
  const lease = Buffer.alloc(4);
  lease.writeUInt32BE(fields.leaseSeconds ?? 3600);
  const options: Record<number, readonly number[] | undefined> = {
    53: [type],
    54: dotted(server),
    51: [...lease],
    1: dotted(mask),
    ...fields.options,
  };
  const encoded = Object.entries(options).flatMap(([code, bytes]) =>
    bytes === undefined ? [] : [Number(code), bytes.length, ...bytes],
  );
  return Buffer.concat([header, Buffer.from([...encoded, 255])]);
}

/** The bytes of an address. */
export function dotted(address: string): number[] {
  return address.split('.').map(Number);
}
