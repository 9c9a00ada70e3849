import { PlumpError } from '../base/errors.ts';
import { isHostAddress } from './ipv4.ts';
import { type NodeView, isLiving } from './member.ts';

/** One line of a map file: members `number` and on at `host` and on, or (`count` 0, ALIAS) one more address of a member. */
export interface MapLine {
  readonly number: number;
  /** Address, or host name where `count` is 0 or 1. */
  readonly host: string;
  readonly count: number;
}

const HIGHEST = 0xffff;
/** More members than one could list by hand; each is sought on the network. */
const MOST_MEMBERS = 4096;

/**
 * Reads a map file as openMosix had it (HOWTO §4.4.2): `NUMBER ADDRESS-OR-NAME COUNT` a line, `ALIAS` in the place of the
 * count for a further address of a member; `#` begins a comment.
 * @throws PlumpError PLUMP_CONFIG naming the line
 */
export function parseMap(text: string): MapLine[] {
  const lines = text.split('\n').flatMap((line, i) => {
    const words = line.replace(/#.*/, '').trim().split(/\s+/);
    return words[0] === '' ? [] : [mapLine(words, `line ${i + 1} of the map`)];
  });
  if (lines.length === 0)
    throw bad('the map has no entry', 'a line is NUMBER ADDRESS COUNT, for example: 1 192.168.1.1 4');
  return lines;
}

function mapLine(words: readonly string[], where: string): MapLine {
  const [number = '', host = '', count = '', more] = words;
  const first = /^\d{1,5}$/.test(number) ? Number(number) : 0;
  const isAlias = count.toUpperCase() === 'ALIAS' || count === '0';
  const size = isAlias ? 0 : /^\d{1,5}$/.test(count) ? Number(count) : -1;
  if (more !== undefined || size < 0 || host === '')
    throw bad(`${where} is not NUMBER ADDRESS COUNT: '${words.join(' ')}'`);
  if (first < 1 || first + Math.max(0, size - 1) > HIGHEST)
    throw bad(`${where}: numbers go from 1 to ${HIGHEST}, not '${number}'`);
  if (/^[\d.]+$/.test(host) && !isHostAddress(host)) throw bad(`${where}: '${host}' is no address`);
  if (size > 1 && !isHostAddress(host)) throw bad(`${where}: a count above 1 needs an address, not the name '${host}'`);
  return { number: first, host, count: size };
}

/**
 * The numbers a map gives, by address.
 * @throws PlumpError PLUMP_CONFIG for host names that nobody looked up, too many members, or two numbers for one address
 */
export function mapNumbers(lines: readonly MapLine[]): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const { number, host, count } of lines) {
    if (!isHostAddress(host)) throw bad(`the map names '${host}', which is no address`);
    for (let i = 0; i < Math.max(1, count); i++) {
      const address = plus(host, i);
      if (numbers.has(address)) throw bad(`the map has ${address} twice`);
      numbers.set(address, number + i);
    }
    if (numbers.size > MOST_MEMBERS) throw bad(`the map has more than ${MOST_MEMBERS} members`);
  }
  return numbers;
}

/** The members there are, as a map that gives each the number it has. */
export function mapOf(nodes: readonly NodeView[]): MapLine[] {
  const living = nodes.filter((node) => isLiving(node) && node.number > 0);
  return living
    .toSorted((a, b) => a.number - b.number)
    .flatMap(({ number, addresses }) => addresses.map((host, i) => ({ number, host, count: i === 0 ? 1 : 0 })));
}

/** The lines as a map file. */
export function mapText(lines: readonly MapLine[]): string {
  return lines.map(({ number, host, count }) => `${number} ${host} ${count === 0 ? 'ALIAS' : count}\n`).join('');
}

/** The address `step` after another one. */
function plus(address: string, step: number): string {
  const number = Buffer.from(address.split('.').map(Number)).readUInt32BE() + step;
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
}

function bad(message: string, hint = 'NUMBER ADDRESS COUNT, or NUMBER ADDRESS ALIAS'): PlumpError {
  return new PlumpError('PLUMP_CONFIG', message, { hint });
}
