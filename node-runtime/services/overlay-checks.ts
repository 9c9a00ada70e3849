import { durationText } from '../base/duration.ts';
import type { Check } from '../model/status.ts';
import type { PeerPath } from './overlay-peers.ts';

/** WireGuard's Reject-After-Time (whitepaper, section 6.1): who has not shaken hands for so long is not reached. */
const REJECT_AFTER_S = 180;

/** What the overlay knows of itself. */
export interface OverlayFacts {
  readonly port: number;
  readonly unfiltered: string | undefined;
  readonly paths: readonly PeerPath[];
  /** Seconds since 1970. */
  readonly now: number;
}

/** The checks `wireguard` and `firewall` of `plumpos status`, in sentences. */
export function overlayChecks({ port, unfiltered, paths, now }: OverlayFacts): Check[] {
  const silent = paths.filter(({ handshake }) => now - handshake >= REJECT_AFTER_S);
  const filter = unfiltered === undefined ? '' : `; without packet filter (${unfiltered})`;
  const reached = `${paths.length - silent.length} of ${paths.length} peers reached in the last 3 min`;
  const text = `plump0 is up, UDP port ${port}, ${reached}${filter}`;
  return [{ name: 'wireguard', ok: true, text }, firewall(port, paths, silent, now)];
}

function firewall(port: number, paths: readonly PeerPath[], silent: readonly PeerPath[], now: number): Check {
  if (paths.length === 0) return { name: 'firewall', ok: true, text: 'nobody to try it with yet' };
  if (silent.length < paths.length) {
    const age = now - Math.max(...paths.map(({ handshake }) => handshake));
    const text = `WireGuard gets through (last handshake ${durationText(Math.max(0, age))} ago)`;
    return { name: 'firewall', ok: true, text };
  }
  const places = silent.map((path) => `${path.endpoint ?? 'unknown address'}${lastAnswer(path, now)}`);
  const where = places.length > 3 ? `${places.slice(0, 3).join(', ')} …` : places.join(', ');
  return { name: 'firewall', ok: false, text: `no answer from ${where}: is UDP port ${port} blocked here or there?` };
}

function lastAnswer({ handshake }: PeerPath, now: number): string {
  return handshake === 0 ? '' : ` (last ${durationText(now - handshake)} ago)`;
}
