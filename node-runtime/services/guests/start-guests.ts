import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { type HostState, refusal } from '../../core/jobs/host-rules.ts';
import type { HomeOps, HostOps, ImageReceiver, SendImages } from '../../model/guest-ops.ts';
import { prepareGuestsCgroup, removeGuestsCgroup } from '../../system/guest-cgroup.ts';
import { IdentifierGate } from '../../system/identifier-gate.ts';
import { JobLinks } from '../../system/job-links.ts';
import { loadJobModules } from '../../system/job-modules.ts';
import { openNamespace } from '../../system/netns.ts';
import { OverlayGate } from '../../system/overlay-gate.ts';
import { type RunCommand, runCommand } from '../../system/run-command.ts';
import { Guests } from './guests.ts';
import { GuestWatch } from './watch-guests.ts';

/** What a host is started with. */
export interface GuestsOptions {
  /** Overlay address of this member. */
  readonly self: string;
  /** File of the overlay's namespace. */
  readonly namespaceFile: string;
  /** Folder for what lasts until the next boot. */
  readonly run: string;
  /** Folder for the guests' cgroups. */
  readonly cgroups: string;
  readonly send: SendImages;
  /** A member as the home of its jobs. */
  homeOf(member: string): HomeOps;
  /** Milliseconds since a member was last heard; Infinity when it left or was booted again. */
  silentMs(member: string): number;
  /** Features of this machine's CPU, as members tell each other. */
  readonly cpuFlags: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
}

/** Takes over the guests an agent left that died, and takes new ones. */
export async function startGuests(options: GuestsOptions): Promise<HostOps & ImageReceiver & AsyncDisposable> {
  const { self, namespaceFile, run, cgroups, clock, log } = options;
  await loadJobModules(runCommand);
  prepareGuestsCgroup(cgroups);
  const namespace = openNamespace(namespaceFile);
  const inside: RunCommand = (file, args, more) => namespace.run(() => runCommand(file, args, more));
  const guests = new Guests(
    {
      self,
      namespaceFile,
      cgroups,
      links: new JobLinks(namespace, self, runCommand),
      gate: new OverlayGate(inside),
      identifiers: new IdentifierGate(namespace, path.join(run, 'sysnet')),
      clock,
      log,
    },
    options.send,
    { refusal: (want, promised) => refusal(want, promised, hostState(options)) },
  );
  const watch = new GuestWatch({ ...options, guests });
  return Object.assign(guests, {
    async [Symbol.asyncDispose]() {
      watch[Symbol.dispose]();
      await guests.discardAll();
      removeGuestsCgroup(cgroups);
      namespace[Symbol.dispose]();
    },
  });
}

function hostState({ cpuFlags }: GuestsOptions): HostState {
  const kb = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'latin1'))?.[1];
  return { cpuFlags, availableBytes: Number(kb ?? 0) * 1024 };
}
