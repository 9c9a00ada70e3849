import type { Endpoint } from '../model/member.ts';

/** One of our own addresses, on a NIC that is up. */
export interface OwnAddress {
  readonly address: string;
  readonly prefix: number;
}

/** What is known of the ways to one peer. Never changed in place. */
export interface Path {
  /** Where we send to, as {@link endpointText}; undefined before the first choice. */
  readonly current: string | undefined;
  /** When `current` was chosen. */
  readonly since: number;
  /** Probes missed in a row. */
  readonly misses: number;
  /** Endpoints that stopped answering. */
  readonly failed: ReadonlyMap<string, Failure>;
}

interface Failure {
  readonly at: number;
  /** Not tried again before this. */
  readonly until: number;
  /** How often in a row: the wait doubles. */
  readonly times: number;
}

/** What a choice is made from. */
export interface Ways {
  readonly ours: readonly OwnAddress[];
  readonly theirs: readonly Endpoint[];
  /** Where the kernel really sends to: WireGuard follows the peer to wherever it last sent from. */
  readonly actual?: string | undefined;
}

/** The path after a choice, and the endpoint to hand to WireGuard, if any. */
export interface Choice {
  readonly path: Path;
  readonly set: Endpoint | undefined;
}

/** Probes missed in a row before another endpoint is tried. One may be lost on any LAN. */
export const MISSES_ALLOWED = 2;
/** Shortest stay on an endpoint before a better one is preferred again. */
const HOLD_MS = 10_000;
/** Probes that end so soon after a change were sent the old way, or waited for the first handshake. */
const GRACE_MS = 1500;
/** Where every endpoint has failed, the next one gets its turn after this. */
const TURN_MS = 5000;
const FIRST_WAIT_MS = 10_000;
const LONGEST_WAIT_MS = 300_000;
const NOT_SHARED = 2 ** 32;

/** `10.0.0.5:51820`, as `wg show` prints it. */
export function endpointText({ address, port }: { readonly address: string; readonly port: number }): string {
  return `${address}:${port}`;
}

/** A peer nothing is known of yet. */
export function newPath(): Path {
  return { current: undefined, since: Number.NEGATIVE_INFINITY, misses: 0, failed: new Map() };
}

/** A probe of the peer was answered, or not. */
export function probed(path: Path, ok: boolean, now: number): Path {
  if (!ok) return now - path.since < GRACE_MS ? path : { ...path, misses: path.misses + 1 };
  const settled = path.current !== undefined && now - path.since >= HOLD_MS;
  return { ...path, misses: 0, failed: settled ? without(path.failed, path.current) : path.failed };
}

/**
 * The peer was heard from this endpoint's address on the LAN. A failed endpoint may then be tried earlier: trying costs
 * a few packets, since WireGuard has one endpoint at a time, so it is not done without such a sign for minutes.
 */
export function heard(path: Path, endpoint: string, now: number): Path {
  const failure = path.failed.get(endpoint);
  if (!failure || now < failure.at + FIRST_WAIT_MS) return path;
  return { ...path, failed: new Map(path.failed).set(endpoint, { ...failure, until: now }) };
}

/** Our own NICs or the peer's endpoints changed: what failed before may work now. */
export function forgetFailures(path: Path): Path {
  return { ...path, failed: new Map() };
}

/**
 * Chooses the endpoint: a segment we share first (both sides take the one with the lowest network number, so that they
 * do not pull each other to and fro), then the others as the peer lists them. After {@link MISSES_ALLOWED} missed probes
 * the endpoint is put aside, for longer each time; a better one is preferred again after a while.
 */
export function choose(path: Path, ways: Ways, now: number): Choice {
  const after = giveUp(follow(path, ways, now), ways, now);
  const ranked = rank(ways);
  const usable = ranked.filter((endpoint) => (after.failed.get(endpointText(endpoint))?.until ?? 0) <= now);
  const best = usable[0] ?? soonest(ranked, after);
  if (!best) return { path: { ...after, current: undefined }, set: undefined };
  const current = ranked.find((endpoint) => endpointText(endpoint) === after.current);
  if (current && !shouldLeave(current, best, after, ways, now)) return { path: after, set: undefined };
  return { path: { ...after, current: endpointText(best), since: now }, set: best };
}

function shouldLeave(current: Endpoint, best: Endpoint, path: Path, ways: Ways, now: number): boolean {
  return now - path.since >= HOLD_MS && segment(best, ways.ours) < segment(current, ways.ours);
}

/**
 * The kernel was drawn to another NIC of the peer, because that is where the peer sends from: there we are now. It may
 * have good reason; if not, the better one is preferred again after a while (seen: the peer's first NIC came back, both
 * sides kept the second; setting the endpoint anew also clears the source address the kernel remembers). An endpoint we
 * do not know is left alone: the peer may be behind address translation.
 */
function follow(path: Path, { theirs, actual }: Ways, now: number): Path {
  if (actual === undefined || actual === path.current || path.current === undefined) return path;
  if (!theirs.some((endpoint) => endpointText(endpoint) === actual)) return path;
  const { failed } = path.misses >= MISSES_ALLOWED ? putAside(path, path.current, now) : path;
  return { current: actual, since: now, misses: 0, failed };
}

function giveUp(path: Path, { theirs }: Ways, now: number): Path {
  if (path.misses < MISSES_ALLOWED || path.current === undefined) return path;
  // A peer that answers nowhere is most likely off: no need to hurry from one endpoint to the next.
  const othersLeft = theirs.some((endpoint) => !path.failed.has(endpointText(endpoint)));
  if (!othersLeft && now - path.since < TURN_MS) return path;
  return putAside(path, path.current, now);
}

function putAside(path: Path, guilty: string, now: number): Path {
  const times = (path.failed.get(guilty)?.times ?? 0) + 1;
  const wait = Math.min(FIRST_WAIT_MS * 2 ** (times - 1), LONGEST_WAIT_MS);
  const failed = new Map(path.failed).set(guilty, { at: now, until: now + wait, times });
  return { current: undefined, since: path.since, misses: 0, failed };
}

function rank({ ours, theirs }: Ways): Endpoint[] {
  const place = new Map(theirs.map((endpoint, index) => [endpoint, index]));
  return theirs.toSorted(
    (a, b) =>
      segment(a, ours) - segment(b, ours) ||
      (segment(a, ours) === NOT_SHARED
        ? (place.get(a) ?? 0) - (place.get(b) ?? 0)
        : number(a.address) - number(b.address)),
  );
}

/** The one to try when all have failed: in turn, by when their wait ends. */
function soonest(ranked: readonly Endpoint[], path: Path): Endpoint | undefined {
  const until = (endpoint: Endpoint) => path.failed.get(endpointText(endpoint))?.until ?? 0;
  return ranked.toSorted((a, b) => until(a) - until(b))[0];
}

/** Network number of the segment we share with this endpoint, or {@link NOT_SHARED}. */
function segment(endpoint: Endpoint, ours: readonly OwnAddress[]): number {
  const shared = ours.some(
    ({ address, prefix }) =>
      prefix === endpoint.prefix && network(address, prefix) === network(endpoint.address, prefix),
  );
  return shared ? network(endpoint.address, endpoint.prefix) : NOT_SHARED;
}

function network(address: string, prefix: number): number {
  const size = 2 ** (32 - prefix);
  return Math.floor(number(address) / size) * size;
}

function number(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function without(failed: ReadonlyMap<string, Failure>, key: string | undefined): ReadonlyMap<string, Failure> {
  if (key === undefined || !failed.has(key)) return failed;
  const rest = new Map(failed);
  rest.delete(key);
  return rest;
}
