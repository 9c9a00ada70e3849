import type { Check } from '../model/status.ts';
import type { PeerPath } from './overlay-peers.ts';

/** What the overlay knows of itself. */
export interface OverlayFacts {
  readonly port: number;
  readonly unfiltered: string | undefined;
  readonly paths: readonly PeerPath[];
}

/** The checks `wireguard` and `firewall` of `plumpos status`, in sentences. */
export function overlayChecks({ port, unfiltered, paths }: OverlayFacts): Check[] {
  const answered = paths.filter(({ handshake }) => handshake > 0).length;
  const filter = unfiltered === undefined ? '' : `; without packet filter (${unfiltered})`;
  const text = `plump0 is up, UDP port ${port}, ${answered} of ${paths.length} peers have answered${filter}`;
  return [{ name: 'wireguard', ok: true, text }, firewall(port, paths)];
}

function firewall(port: number, paths: readonly PeerPath[]): Check {
  const silent = paths.filter(({ handshake }) => handshake === 0).map(({ endpoint }) => endpoint ?? 'unknown address');
  if (paths.length === 0) return { name: 'firewall', ok: true, text: 'nobody to try it with yet' };
  if (silent.length < paths.length) return { name: 'firewall', ok: true, text: 'WireGuard gets through' };
  const where = silent.length > 3 ? `${silent.slice(0, 3).join(', ')} …` : silent.join(', ');
  return { name: 'firewall', ok: false, text: `no answer from ${where}: is UDP port ${port} blocked here or there?` };
}
