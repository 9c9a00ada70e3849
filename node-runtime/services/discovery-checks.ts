import { durationText } from '../base/duration.ts';
import { silenceMs } from '../core/announce-schedule.ts';
import type { Check } from '../model/status.ts';
import type { DiscoveryNicStats } from './discovery.ts';

const ON_CONSOLE = 'boot with plumpos.join=CODE or type the join code at the console';

/**
 * What discovery knows about why a member is alone now, in sentences: the checks `key` and `multicast`. What was heard too long
 * ago counts no more.
 * @param members of the cluster now, this one included.
 */
export function discoveryChecks(hasSecret: boolean, nics: readonly DiscoveryNicStats[], members: number): Check[] {
  return hasSecret ? [keyCheck(nics, members), multicastCheck(nics, members)] : [noKey()];
}

function noKey(): Check {
  return {
    name: 'key',
    ok: false,
    text: `no cluster secret: this member announces nothing and joins nobody; ${ON_CONSOLE}`,
  };
}

function keyCheck(nics: readonly DiscoveryNicStats[], members: number): Check {
  const strangers = nics.filter(({ otherKeyMs }) => isRecent(otherKeyMs, members));
  if (strangers.length === 0) return { name: 'key', ok: true, text: 'this member has a cluster secret' };
  const heard = `announcements with another key are heard on ${named(strangers)}`;
  return members > 1 || nics.some((nic) => isRecent(heardMs(nic), members))
    ? { name: 'key', ok: true, text: `members with our key answer; ${heard}: another cluster` }
    : { name: 'key', ok: false, text: `${heard}: another cluster, or the join code here is not theirs` };
}

function multicastCheck(nics: readonly DiscoveryNicStats[], members: number): Check {
  const check = (ok: boolean, text: string): Check => ({ name: 'multicast', ok, text });
  if (nics.length === 0) return check(false, 'no network card has an address, so nothing is announced');
  const hearing = nics.filter(({ multicastMs }) => isRecent(multicastMs, members));
  const filtered = nics.filter((nic) => !hearing.includes(nic) && isRecent(nic.broadcastMs, members));
  if (filtered.length > 0) return check(true, `multicast is filtered on ${named(filtered)}: limited broadcast is used`);
  if (hearing.length > 0) return check(true, `members are heard on ${named(hearing)}${lastHeard(hearing)}`);
  // Beyond a router, or where only announcements are lost.
  if (members > 1) return check(true, `nobody is heard on ${named(nics)}${lastHeard(nics)}, but members answer`);
  return check(
    false,
    `nobody is heard on ${named(nics)}${lastHeard(nics)}: no other member there, or UDP port 1900 is blocked`,
  );
}

function isRecent(ms: number | undefined, members: number): boolean {
  return ms !== undefined && ms <= silenceMs(members);
}

/** Milliseconds since a member was heard on this NIC; undefined where none ever was. */
function heardMs({ multicastMs, broadcastMs }: DiscoveryNicStats): number | undefined {
  const least = Math.min(multicastMs ?? Number.POSITIVE_INFINITY, broadcastMs ?? Number.POSITIVE_INFINITY);
  return Number.isFinite(least) ? least : undefined;
}

function lastHeard(nics: readonly DiscoveryNicStats[]): string {
  const heard = nics.map(heardMs).filter((ms) => ms !== undefined);
  return heard.length === 0 ? '' : ` (last ${durationText(Math.min(...heard) / 1000)} ago)`;
}

function named(nics: readonly DiscoveryNicStats[]): string {
  return nics.map(({ nic }) => nic).join(', ');
}
