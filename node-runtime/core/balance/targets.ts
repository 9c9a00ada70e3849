import { FIELD, type Handle } from '../../model/load-message.ts';
import type { BalanceContext } from './balance-context.ts';
import { betterOff, slowness, type Strain } from './slowness.ts';

/** An entry of this age counts as twice as slow (ms). */
const DOUBT_MS = 10_000;

/** Known members where a job of that weight and size would be better off, and may be, least slowed down first; at most `most`. */
export function bestKnown(
  context: BalanceContext,
  from: Strain,
  job: { readonly weight: number; readonly memoryMB: number },
  most: number,
  mayBeOn: (member: Handle) => boolean = () => true,
): Handle[] {
  const { view, settings, clock, random } = context;
  const now = clock.now();
  const here = slowness(from.work, from.cpus, from.speed);
  const found: { readonly member: Handle; readonly slow: number }[] = [];
  for (let slot = 0; slot < view.sample.size; slot++) {
    const member = view.sample.memberAt(slot, now, settings.mostAgeMs);
    if (member === undefined || view.sample.slownessAt(slot) >= here || !view.sample.isOpen(slot)) continue;
    if (view.sample.get(slot, FIELD.freeMB) < job.memoryMB + settings.spareMB) continue;
    const there = view.sample.strainAt(slot);
    if (!betterOff(from, there, job.weight, settings) || !context.isWorthAsking(member)) continue;
    // What was heard long ago is less likely to hold; among equals chance decides, or all senders ask the same ones.
    const doubt = 1 + view.sample.ageAt(slot, now) / DOUBT_MS + random() / 100;
    if (mayBeOn(member))
      found.push({ member, slow: slowness(there.work + job.weight, there.cpus, there.speed) * doubt });
  }
  found.sort((a, b) => a.slow - b.slow);
  return found.slice(0, most).map(({ member }) => member);
}

/** Is somebody known who is so much less crowded than this member that jobs should rather go there? */
export function knowsBetter(context: BalanceContext, own: Strain, weight: number): boolean {
  const { view, settings, trust, clock } = context;
  const now = clock.now();
  const here = slowness(own.work + weight, own.cpus, own.speed);
  for (let slot = 0; slot < view.sample.size; slot++) {
    const member = view.sample.memberAt(slot, now, settings.mostAgeMs);
    if (member === undefined || view.sample.slownessAt(slot) >= here || !view.sample.isOpen(slot)) continue;
    const there = view.sample.strainAt(slot);
    if (slowness(there.work + weight, there.cpus, there.speed) * settings.leastGain >= here) continue;
    if (trust.trusts(member, now)) return true;
  }
  return false;
}
