import { createHash } from 'node:crypto';
import { deriveKey } from './derive-key.ts';

/** Length of the cluster's prefix: all members are neighbours in one /64. */
export const OVERLAY_PREFIX_LENGTH = 64;

/** Whether a text is a WireGuard key: 32 bytes in base64, in their one spelling. */
export function isWireGuardKey(text: string): boolean {
  return /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/.test(text);
}

/** The cluster's unique local prefix (RFC 4193: fd and 40 bits), first four groups: `fd12:3456:789a:0`. */
export function overlayPrefix(secret: Uint8Array): string {
  const bits = deriveKey(secret, 'plumpos prefix v1').toString('hex');
  return `fd${bits.slice(0, 2)}:${bits.slice(2, 6)}:${bits.slice(6, 10)}:0`;
}

/**
 * The one address in the overlay that belongs to a WireGuard public key (base64): prefix and 64 bits of the key's
 * hash, in full form (four digits a group after the prefix). WireGuard lets only the holder of the key use it, so an
 * address proves who is speaking.
 */
export function overlayAddress(prefix: string, publicKey: string): string {
  const hash = createHash('sha256').update(Buffer.from(publicKey, 'base64')).digest('hex').slice(0, 16);
  return canonical(`${prefix}:${hash.match(/.{4}/g)?.join(':')}`);
}

/** As the kernel writes it (RFC 5952), so that texts can be compared: no leading zeros, the longest zeros as `::`. */
function canonical(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}

/** The 64 bits of an overlay address that follow from its owner's key. @param address as {@link overlayAddress} gives it */
export function overlayBits(address: string): bigint {
  const [head = '', tail = ''] = address.split('::');
  const groups = (text: string) => text.split(':').filter(Boolean);
  const zeros = address.includes('::') ? 8 - groups(head).length - groups(tail).length : 0;
  const all = [...groups(head), ...Array.from({ length: zeros }, () => '0'), ...groups(tail)];
  return all.slice(4).reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
}
