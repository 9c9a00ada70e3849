/** A card a peer may be reached through. */
export interface WayOut {
  readonly name: string;
  readonly address: string;
  readonly prefix: number;
  readonly router?: string;
}

/** Most addresses told in one turn: a long list takes several. */
const MOST_AT_ONCE = 64;

/** Of listed addresses those to be told through one card: each by the card on its segment, else by the first with a router. */
export function soughtThrough(nic: string, addresses: readonly string[], nics: readonly WayOut[]): string[] {
  const otherwise = nics.find(({ router }) => router !== undefined) ?? nics[0];
  return addresses.filter((address) => (nics.find((one) => isOn(address, one)) ?? otherwise)?.name === nic);
}

/** The part of a list whose turn it is. */
export function partOf(addresses: readonly string[], turn: number): readonly string[] {
  const parts = Math.ceil(addresses.length / MOST_AT_ONCE);
  const from = parts === 0 ? 0 : (turn % parts) * MOST_AT_ONCE;
  return addresses.slice(from, from + MOST_AT_ONCE);
}

function isOn(address: string, { address: own, prefix }: WayOut): boolean {
  const size = 2 ** (32 - prefix);
  return Math.floor(number(address) / size) === Math.floor(number(own) / size);
}

function number(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}
