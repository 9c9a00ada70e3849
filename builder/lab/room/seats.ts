import { PlumpError } from '#runtime/base/errors.ts';

/** One network card of a seat. */
export interface Card {
  readonly mac: string;
  /** Number of the segment its cable leads to. */
  readonly segment: number;
  /** Address the DHCP server gives it; one from the pool when absent. */
  readonly address?: string;
}

/** A place in the room: a name, and the cards of the machine that stands there. */
export interface Seat {
  readonly kind: 'node' | 'head';
  readonly name: string;
  readonly number: number;
  readonly cards: readonly Card[];
}

/** How the room is wired. */
export interface Wiring {
  /** Cards of each machine. */
  readonly nics: number;
  /** All cards on one wire, instead of card k on segment k. */
  readonly oneSegment: boolean;
}

/** Most machines of each kind: their numbers are the last part of their addresses. */
const MOST = { node: 99, head: 9 } as const;

/** @throws PlumpError PLUMP_USAGE for more machines of a kind than a room has places. */
export function checkNumber(kind: Seat['kind'], count: number): void {
  if (count > MOST[kind])
    throw new PlumpError('PLUMP_USAGE', `a room has at most ${MOST[kind]} ${kind}s, not ${count}`);
}

/** Segments of a room. */
export function segmentsOf({ nics, oneSegment }: Wiring): number {
  return oneSegment ? 1 : nics;
}

/** n1, n2 … and head, head2 …: node N is 10.77.SEGMENT.N, head M 10.77.SEGMENT.(200 + M). */
export function seat(kind: Seat['kind'], number: number, wiring: Wiring): Seat {
  const name = kind === 'node' ? `n${number}` : number === 1 ? 'head' : `head${number}`;
  const host = kind === 'node' ? number : 200 + number;
  const cards = Array.from({ length: wiring.nics }, (_, k): Card => {
    const mac = ['52:54:00', kind === 'node' ? '77' : '78', hex(k), hex(number)].join(':');
    if (wiring.oneSegment && k > 0) return { mac, segment: 0 };
    return { mac, segment: k, address: `10.77.${k}.${host}` };
  });
  return { kind, name, number, cards };
}

/** Every place a machine may take. */
export function allSeats(wiring: Wiring): Seat[] {
  const numbers = (kind: Seat['kind']) => Array.from({ length: MOST[kind] }, (_, i) => seat(kind, i + 1, wiring));
  return [...numbers('node'), ...numbers('head')];
}

function hex(value: number): string {
  return value.toString(16).padStart(2, '0');
}
