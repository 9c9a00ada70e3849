import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { type HostState, imagesLackRoom, refusal } from '../../core/jobs/host-rules.ts';
import type { GuestRef } from '../../model/guest.ts';
import type { HomeOps, HostOps, ImageReceiver, SendImages } from '../../model/guest-ops.ts';
import { prepareGuestsCgroup, removeGuestsCgroup } from '../../system/guest-cgroup.ts';
import { IdentifierGate } from '../../system/identifier-gate.ts';
import type { JobNetwork } from '../../system/job-network.ts';
import { Guests } from './guests.ts';
import { GuestWatch } from './watch-guests.ts';

/** What a host is started with. */
export interface GuestsOptions {
  readonly network: JobNetwork;
  /** Folder for what lasts until the next boot. */
  readonly run: string;
  /** Folder for the guests' cgroups. */
  readonly cgroups: string;
  readonly send: SendImages;
  /** A member as the home of its jobs. */
  homeOf(member: string): HomeOps;
  /** Milliseconds since a member was last heard; Infinity when it left or was booted again. */
  silentMs(member: string): number;
  /** A guest ended by itself. */
  ended?(ref: GuestRef): void;
  /** Features of this machine's CPU, as members tell each other. */
  readonly cpuFlags: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
}

/** Takes over the guests an agent left that died, and takes new ones. */
export function startGuests(options: GuestsOptions): HostOps & ImageReceiver & Pick<Guests, 'all'> & AsyncDisposable {
  const { network, run, cgroups, clock, log } = options;
  const { self, namespace, links, gate } = network;
  prepareGuestsCgroup(cgroups);
  const guests = new Guests(
    {
      self,
      namespaceFile: namespace.path,
      cgroups,
      links,
      gate,
      identifiers: new IdentifierGate(namespace, path.join(run, 'sysnet')),
      clock,
      log,
    },
    options.send,
    {
      refusal: (want, promised) => refusal(want, promised, hostState(options)),
      imagesLackRoom: (bytes, promised) => imagesLackRoom(bytes, promised, availableBytes()),
    },
  );
  const watch = new GuestWatch({ ...options, guests });
  return Object.assign(guests, {
    async [Symbol.asyncDispose]() {
      watch[Symbol.dispose]();
      await guests.discardAll();
      removeGuestsCgroup(cgroups);
    },
  });
}

function hostState({ cpuFlags }: GuestsOptions): HostState {
  return { cpuFlags, availableBytes: availableBytes() };
}

function availableBytes(): number {
  const kb = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'latin1'))?.[1];
  return Number(kb ?? 0) * 1024;
}
