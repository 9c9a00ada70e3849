import { killStrayCriu } from '../../system/criu/stray-criu.ts';
import { removeMounts } from '../../system/guest-dev.ts';
import { runShim } from '../../system/shim.ts';
import { nftProgram } from '../../system/nft.ts';
import { openNamespace } from '../../system/netns.ts';
import { runCommand } from '../../system/run-command.ts';
import type { Guest } from './guest.ts';
import { relockGuest } from './guest-locks.ts';
import { tasksOf } from './quiet-guest.ts';
import { continueTasks } from './restore-guest.ts';

const REPAIR_MS = 20_000;
/** A question that is asked again comes soon after. */
const SIGNALS_KNOWN = 16;

/** f7 A3 to A5: the job goes on where it was, as if nothing had been. */
export async function resumeGuest(guest: Guest): Promise<void> {
  const { state } = guest.record;
  if (state === 'running') return;
  // An agent that was killed in the dump left it to itself.
  await killStrayCriu(guest.paths.images, guest.world.clock);
  await relockGuest(guest);
  if (state === 'dumped' || state === 'dumping') {
    // CRIU leaves every connection in repair mode, and the network locked (evidence f6 §4).
    await runShim({ args: ['unrepair', ...guest.cgroup.pids().map(String)], timeoutMs: REPAIR_MS });
    await unlockNetwork(guest);
  }
  await guest.connect();
  guest.openRelay();
  continueTasks(guest);
  removeMounts([guest.paths.images]);
  guest.note({ state: 'running', images: false });
}

async function unlockNetwork(guest: Guest): Promise<void> {
  if (guest.address === undefined) return;
  using inside = openNamespace(guest.names.namespace);
  await nftProgram((file, args, options) => inside.run(() => runCommand(file, args, options)))('flush ruleset\n');
}

/** To the program, as kill(1) would at home; one that was asked for before is not sent again. */
export function signalGuest(guest: Guest, signal: number, token: string): void {
  const { signalled = [] } = guest.record;
  if (signalled.includes(token)) return;
  const program = tasksOf(guest).find(({ pid }) => pid === guest.spec.pid);
  if (program) process.kill(program.hostPid, signal);
  guest.note({ signalled: [...signalled, token].slice(-SIGNALS_KNOWN) });
}
