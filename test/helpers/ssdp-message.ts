import { SERVICE } from '#runtime/network/ssdp/announcement.ts';
import { sign } from '#runtime/network/ssdp/signature.ts';

/** A key pair's public half, made up: 43 base64 digits that 32 bytes can give. */
export const SOME_KEY = `${'AbCdEfGhIjKlMnOpQrStUvWxYz0123456789+/AbCd'}8=`;

/** Lines of a NOTIFY as members send it, in order; tests change, add or drop (undefined) some. */
export function announcementLines(changes: Readonly<Record<string, string | undefined>> = {}): [string, string][] {
  const lines: Record<string, string | undefined> = {
    HOST: '239.255.255.250:1900',
    NT: SERVICE,
    NTS: 'ssdp:alive',
    USN: `uuid:01234567-89ab-cdef-0123-456789abcdef::${SERVICE}`,
    LOCATION: 'plumpos://10.0.0.5/',
    'CACHE-CONTROL': 'max-age=1800',
    SERVER: 'Linux UPnP/1.1 PlumpOS/7',
    'X-PLUMP-PROTOCOL': '1',
    'X-PLUMP-KEY': SOME_KEY,
    'X-PLUMP-PORT': '51820',
    'X-PLUMP-LAN': '10.0.0.5/24 10.1.0.7/16',
    'X-PLUMP-NAME': 'n1.example',
    'X-PLUMP-IMAGE': '0123456789abcdef',
    'X-PLUMP-VIA': 'multicast',
    'X-PLUMP-SEQ': 'AAAAAAAAAAA.1',
    ...changes,
  };
  return Object.entries(lines).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
}

/** The signed message. */
export function signedMessage(
  key: Buffer,
  lines: readonly (readonly [string, string])[] = announcementLines(),
  first = 'NOTIFY * HTTP/1.1',
): Buffer {
  const text = `${[first, ...lines.map(([name, value]) => `${name}: ${value}`)].join('\r\n')}\r\n\r\n`;
  return sign(Buffer.from(text, 'latin1'), key);
}
