import { hkdfSync } from 'node:crypto';

/** What the cluster secret is stretched into. One purpose, one key: none of them tells anything about another. */
export type KeyPurpose = 'plumpos ssdp v1' | 'plumpos wireguard psk v1' | 'plumpos prefix v1';

/** The 32-byte key for one purpose (HKDF-SHA-256, empty salt, the purpose as info). */
export function deriveKey(secret: Uint8Array, purpose: KeyPurpose): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', purpose, 32));
}
