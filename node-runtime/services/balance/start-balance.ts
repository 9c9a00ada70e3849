import os from 'node:os';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { VERSIONS_PER_SECOND } from '../../core/balance/balance-context.ts';
import { CLOSED_KNOBS, type Knobs } from '../../core/balance/knobs.ts';
import { STANDARD_SPEED } from '../../model/speed.ts';
import type { HomeOps } from '../../model/guest-ops.ts';
import type { NodeView } from '../../model/member.ts';
import { cpuTimes } from '../../system/cpu-times.ts';
import { memoryState } from '../../system/memory-state.ts';
import type { Guest } from '../guests/guest.ts';
import type { SettingsFile } from '../home/job-settings.ts';
import type { Overlay } from '../overlay.ts';
import { readGuests } from './guest-readings.ts';
import { openLoadSocket } from './load-socket.ts';
import { MemberBalance } from './member-balance.ts';

/** What the balancer of this machine needs. */
export interface StartBalanceDeps {
  readonly overlay: Pick<Overlay, 'self' | 'udpSocket'>;
  members(): readonly NodeView[];
  guests(): readonly Guest[];
  /** Where jobs of this home are: overlay addresses. */
  hosts(): ReadonlySet<string>;
  homeOf(member: string): HomeOps;
  readonly settings: SettingsFile;
  /** Of one CPU; 10 000 = the reference. Undefined until it is known: nothing comes or goes so long. */
  speed(): number | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** Runs the balancer of this machine on the overlay. */
export function startBalance(deps: StartBalanceDeps): MemberBalance {
  const { overlay, members, guests, hosts, homeOf, settings, clock, log } = deps;
  const socket = openLoadSocket(overlay, log, (from, bytes) => balance.receive(from, bytes));
  const balance = new MemberBalance({
    self: overlay.self.overlay,
    members,
    read: () => {
      const cpu = cpuTimes();
      return { cpu, memory: memoryState(), guests: readGuests(guests(), clock, cpu.waits) };
    },
    cpus: os.availableParallelism,
    speed: () => deps.speed() ?? STANDARD_SPEED,
    knobs: () => (deps.speed() === undefined ? CLOSED_KNOBS : knobsOf(settings)),
    decay: () => settings.decay(),
    moves: () => settings.get().moves,
    send: socket.send,
    close: () => socket[Symbol.dispose](),
    hosts,
    homeOf,
    // The overlay's key, and with it the name of this member, lives as long as the boot.
    firstVersion: 1 + Math.floor(VERSIONS_PER_SECOND * os.uptime()),
    clock,
    random: Math.random,
    log,
  });
  return balance;
}

function knobsOf(settings: SettingsFile): Knobs {
  const { stay, lstay, brought, block, quiet } = settings.get();
  return {
    stay: stay === true,
    lstay: lstay === true || brought === true,
    block: block === true,
    quiet: quiet === true,
  };
}
