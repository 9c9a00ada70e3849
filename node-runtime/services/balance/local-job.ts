import type { JobFacts } from '../../core/balance/job-choice.ts';
import { maskAllows } from '../../core/jobs/job-mask.ts';
import { imageRoom } from '../../core/move/image-room.ts';
import type { Handle } from '../../model/load-message.ts';
import type { GuestReading } from './guest-readings.ts';
import type { MemberBook } from './member-book.ts';

/** A job that runs here, as the balancer decides on it. */
export interface LocalJob extends JobFacts {
  readonly reading: GuestReading;
}

const MB = 2 ** 20;
/** The home of a guest that is no member now: anybody but this one. */
const STRANGER: Handle = -1;

/** @param rests it is not to be moved for a while */
export function localJob(reading: GuestReading, weight: number, rests: boolean, book: MemberBook): LocalJob {
  const { ref, traits, memoryMB, mostMB, sinceMs, moved } = reading;
  const flags = [...(book.viewOf(book.self)?.cpuFlags ?? []), ...reading.cpuFlags];
  const mayBeOn = (member: Handle) => {
    const view = book.viewOf(member);
    const named = traits.only === undefined || (view !== undefined && traits.only.includes(view.overlay));
    return named && maskAllows(traits.mask, view?.number) && book.takes(member, flags);
  };
  return {
    reading,
    id: Number.parseInt(ref.id, 16),
    home: book.at(ref.home) ?? STRANGER,
    weight,
    memoryMB,
    needMB: Math.max(memoryMB, mostMB) + imageRoom(memoryMB * MB) / MB,
    startedMs: sinceMs - traits.ageMs,
    movedMs: moved ? sinceMs : Number.NEGATIVE_INFINITY,
    movedBeforeMs: moved && traits.movedMs !== undefined ? sinceMs - traits.movedMs : Number.NEGATIVE_INFINITY,
    hints: traits.hints,
    pinned: rests || traits.locked || !book.takes(book.self, []) || !book.anyOther(mayBeOn),
    ttyMs: reading.ttyMs,
    mayBeOn,
  };
}
