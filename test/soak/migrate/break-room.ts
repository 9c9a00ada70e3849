import { setTimeout as wait } from 'node:timers/promises';
import type { LabUnderTest } from '../../helpers/lab.ts';
import type { Fault, Stage } from './plan.ts';

/** Runs a fault from its beginning to where all is good again. */
export async function breakRoom(lab: LabUnderTest, { home }: Stage, fault: Fault, signal: AbortSignal): Promise<void> {
  if (fault.kind === 'agent') {
    await lab.ok('exec', fault.member, '--', 'sh', '-c', killAgent(fault.member === home));
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

/** One that was killed just before is being started: there may be none for a moment. */
function killAgent(isHead: boolean): string {
  const pid = isHead ? 'systemctl show -p MainPID --value plumpos' : 'cat /run/plumpos/agent.pid';
  return `until pid=$(${pid}) && [ "$pid" -gt 1 ] && kill -9 "$pid"; do sleep 0.5; done`;
}

/** In few words. */
export function faultText(fault: Fault): string {
  if (fault.kind === 'agent') return `agent of ${fault.member} killed`;
  if (fault.kind === 'power') return `${fault.member} without power for ${fault.seconds} s`;
  return `${fault.member} cut off from ${fault.other ?? 'all'} for ${fault.seconds} s`;
}
