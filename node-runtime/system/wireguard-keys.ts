import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { replaceFile } from './replace-file.ts';

/** A WireGuard key pair, base64 as `wg` writes it. */
export interface WireGuardKeys {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** DER header of an X25519 private key (PKCS #8); the 32 bytes of the key follow. */
const PKCS8_X25519 = Buffer.from('302e020100300506032b656e04220420', 'hex');

/** A new pair; made by Node's own X25519, so that no key passes through another program's arguments or output. */
export function newKeys(): WireGuardKeys {
  const { d = '' } = generateKeyPairSync('x25519').privateKey.export({ format: 'jwk' });
  return keysOf(Buffer.from(d, 'base64url').toString('base64'));
}

/** The pair a private key belongs to. Throws when it is not 32 bytes in base64. */
export function keysOf(privateKey: string): WireGuardKeys {
  const key = Buffer.concat([PKCS8_X25519, Buffer.from(privateKey, 'base64')]);
  const { x = '' } = createPublicKey(createPrivateKey({ key, format: 'der', type: 'pkcs8' })).export({ format: 'jwk' });
  return { privateKey, publicKey: Buffer.from(x, 'base64url').toString('base64') };
}

/**
 * This boot's keys: those in `file` (on /run, so gone with the boot), or new ones written there for root only. An agent
 * that was restarted, even by SIGKILL, stays the member it was.
 */
export function keepKeys(file: string): WireGuardKeys {
  try {
    return keysOf(readFileSync(file, 'latin1').trim());
  } catch {
    // Not there yet, or damaged: a new identity is always safe.
    const keys = newKeys();
    mkdirSync(path.dirname(file), { recursive: true });
    rmSync(`${file}.new`, { force: true });
    replaceFile(file, `${keys.privateKey}\n`, 0o600);
    return keys;
  }
}

/** Forgets this boot's identity. */
export function dropKeys(file: string): void {
  rmSync(file, { force: true });
}
