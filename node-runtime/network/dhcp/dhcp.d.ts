/** The part of the npm package `dhcp` we use: it comes without types. */
declare module 'dhcp/lib/protocol.js' {
  interface Header {
    op: number;
    htype: number;
    hlen: number;
    hops: number;
    xid: number;
    secs: number;
    flags: number;
    ciaddr: string;
    yiaddr: string;
    siaddr: string;
    giaddr: string;
    chaddr: string;
    sname: string;
    file: string;
  }
  const protocol: {
    /** Options by code; all of type UInt8s once the codec has prepared the package. */
    format(message: Header & { options: Record<number, number[]> }): { _data: Buffer; _w: number };
    parse(bytes: Buffer): Header & { magicCookie: number };
  };
  export default protocol;
}

declare module 'dhcp/lib/options.js' {
  const options: { opts: Record<number, { name: string; type: string; attr?: string }> };
  export default options;
}
