import { PlumpError } from '../../base/errors.ts';
import { isHostAddress } from '../../model/ipv4.ts';
import { type Endpoint, PROTOCOL } from '../../model/member.ts';
import { isWireGuardKey } from '../../model/overlay-address.ts';
import { type Announcement, type AnnouncementKind, MOST_ENDPOINTS, SERVICE, type Via } from './announcement.ts';

const START_LINES: Readonly<Record<string, 'notify' | 'search' | 'response'>> = {
  'NOTIFY * HTTP/1.1': 'notify',
  'M-SEARCH * HTTP/1.1': 'search',
  'HTTP/1.1 200 OK': 'response',
};

/** Lines of SSDP itself that say nothing to us; anything else unknown is refused. */
const SSDP_LINES = new Set(['HOST', 'USN', 'LOCATION', 'CACHE-CONTROL', 'SERVER', 'DATE', 'EXT', 'MAN', 'MX']);
const SERVICE_LINES = { notify: 'NT', search: 'ST', response: 'ST' } as const;

/**
 * Decodes a message whose signature was checked. Strict: one of three first lines, every line `NAME: value` in printable
 * ASCII and once only, every value by its pattern, no line it does not know.
 * @throws PlumpError PLUMP_PROTOCOL naming the line that is wrong.
 */
export function decodeAnnouncement(message: Buffer): Announcement {
  const text = message.toString('latin1');
  const [first = '', ...lines] = text.slice(0, -4).split('\r\n');
  const form = START_LINES[first];
  if (form === undefined || !text.endsWith('\r\n\r\n')) throw refused('first line');
  const fields = readFields(lines);
  if (take(fields, SERVICE_LINES[form], /^.{1,64}$/) !== SERVICE) throw refused(SERVICE_LINES[form]);
  const [bootId = '', seq = ''] = take(fields, 'X-PLUMP-SEQ', /^[\w-]{11}\.[1-9]\d{0,14}$/).split('.');
  const port = Number(take(fields, 'X-PLUMP-PORT', /^[1-9]\d{0,4}$/));
  if (port > 65535) throw refused('X-PLUMP-PORT');
  const announcement = {
    kind: kindOf(form, fields),
    via: take(fields, 'X-PLUMP-VIA', /^(multicast|broadcast|unicast)$/) as Via,
    protocol: Number(take(fields, 'X-PLUMP-PROTOCOL', /^[1-9]\d{0,4}$/)),
    publicKey: publicKey(fields),
    port,
    endpoints: endpoints(take(fields, 'X-PLUMP-LAN', /^[\d./ ]{0,160}$/), port),
    name: take(fields, 'X-PLUMP-NAME', /^[A-Za-z0-9][A-Za-z0-9.-]{0,62}$/),
    image: take(fields, 'X-PLUMP-IMAGE', /^[\w.-]{0,64}$/),
    bootId,
    seq: Number(seq),
  };
  take(fields, 'X-PLUMP-SIG', /^[\w-]{43}$/);
  refuseUnknown(fields, announcement.protocol);
  return announcement;
}

function readFields(lines: readonly string[]): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = /^([A-Z][A-Z-]{0,31}): ?([\x20-\x7e]*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) throw refused('a line that is not NAME: value');
    if (fields.has(name)) throw refused(`${name}, which is there twice`);
    fields.set(name, value);
  }
  return fields;
}

/** The value of one line, taken out so that what is left over is unknown. */
function take(fields: Map<string, string>, name: string, pattern: RegExp): string {
  const value = fields.get(name);
  if (value === undefined || !pattern.test(value)) throw refused(name);
  fields.delete(name);
  return value;
}

/** Another protocol may say more in lines of its own: such a member is listed as incompatible, by what we do understand. */
function refuseUnknown(fields: Map<string, string>, protocol: number): void {
  for (const name of fields.keys())
    if (!SSDP_LINES.has(name) && !(protocol !== PROTOCOL && name.startsWith('X-PLUMP-'))) throw refused(name);
}

function publicKey(fields: Map<string, string>): string {
  const key = take(fields, 'X-PLUMP-KEY', /^.{44}$/);
  if (!isWireGuardKey(key)) throw refused('X-PLUMP-KEY');
  return key;
}

function kindOf(form: 'notify' | 'search' | 'response', fields: Map<string, string>): AnnouncementKind {
  if (form !== 'notify') return form;
  return take(fields, 'NTS', /^ssdp:(alive|byebye)$/) === 'ssdp:alive' ? 'alive' : 'bye';
}

function endpoints(text: string, port: number): Endpoint[] {
  const words = text === '' ? [] : text.split(' ');
  if (words.length > MOST_ENDPOINTS) throw refused('X-PLUMP-LAN');
  return words.map((word) => {
    const [address = '', length = ''] = word.split('/');
    if (!isHostAddress(address) || !/^([1-9]|[12]\d|3[0-2])$/.test(length) || word.split('/').length !== 2)
      throw refused('X-PLUMP-LAN');
    return { address, prefix: Number(length), port };
  });
}

function refused(what: string): PlumpError {
  return new PlumpError('PLUMP_PROTOCOL', `announcement refused: ${what}`);
}
