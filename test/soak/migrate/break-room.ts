import { setTimeout as wait } from 'node:timers/promises';
import { killAgent } from '../../helpers/agents.ts';
import type { LabUnderTest } from '../../helpers/lab.ts';
import type { Fault, Stage } from './plan.ts';

/** Runs a fault from its beginning to where all is good again. */
export async function breakRoom(lab: LabUnderTest, { home }: Stage, fault: Fault, signal: AbortSignal): Promise<void> {
  if (fault.kind === 'agent') {
    await lab.on(fault.member, 'sh', '-c', killAgent(fault.member === home));
  } else if (fault.kind === 'cut') {
    await lab.ok('cut', fault.member, ...(fault.other === undefined ? [] : [fault.other]));
    await wait(fault.seconds * 1000, undefined, { signal });
    await lab.ok('mend');
  } else {
    await lab.ok('kill', fault.member);
    await wait(fault.seconds * 1000, undefined, { signal });
    await lab.ok('start', fault.member);
  }
}

/** In few words. */
export function faultText(fault: Fault): string {
  if (fault.kind === 'agent') return `agent of ${fault.member} killed`;
  if (fault.kind === 'power') return `${fault.member} without power for ${fault.seconds} s`;
  return `${fault.member} cut off from ${fault.other ?? 'all'} for ${fault.seconds} s`;
}
