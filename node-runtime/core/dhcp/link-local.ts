/**
 * Candidate number `attempt` for a link-local address (RFC 3927 §2.1): made from the MAC, so that a machine gets the same again, within
 * 169.254.1.0 to 169.254.254.255.
 */
export function linkLocalCandidate(mac: string, attempt: number): string {
  let state = attempt + 1;
  for (const byte of mac.split(':')) state = (Math.imul(state, 31) + Number.parseInt(byte, 16)) >>> 0;
  // One round of a 32-bit mix: neighbouring MACs must not get neighbouring addresses.
  state = Math.imul(state ^ (state >>> 16), 0x45d9f3b) >>> 0;
  state = (state ^ (state >>> 16)) >>> 0;
  return `169.254.${1 + (state % 254)}.${(state >>> 8) % 256}`;
}
