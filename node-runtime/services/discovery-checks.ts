import type { Check } from '../model/status.ts';
import type { DiscoveryNicStats } from './discovery.ts';

const ON_CONSOLE = 'boot with plumpos.join=CODE or type the join code at the console';

/** What discovery knows about why a member is alone, in sentences: the checks `key` and `multicast`. */
export function discoveryChecks(hasSecret: boolean, nics: readonly DiscoveryNicStats[]): Check[] {
  return hasSecret ? [keyCheck(nics), multicastCheck(nics)] : [noKey()];
}

function noKey(): Check {
  return {
    name: 'key',
    ok: false,
    text: `no cluster secret: this member announces nothing and joins nobody; ${ON_CONSOLE}`,
  };
}

function keyCheck(nics: readonly DiscoveryNicStats[]): Check {
  const strangers = nics.filter(({ counts }) => counts.otherKey > 0).map(({ nic }) => nic);
  if (strangers.length === 0) return { name: 'key', ok: true, text: 'this member has a cluster secret' };
  const heard = `announcements with another key are heard on ${strangers.join(', ')}`;
  return nics.some(({ counts }) => counts.accepted > 0)
    ? { name: 'key', ok: true, text: `members with our key answer; ${heard}: another cluster` }
    : { name: 'key', ok: false, text: `${heard}: another cluster, or the join code here is not theirs` };
}

function multicastCheck(nics: readonly DiscoveryNicStats[]): Check {
  const check = (ok: boolean, text: string): Check => ({ name: 'multicast', ok, text });
  const named = (some: readonly DiscoveryNicStats[]) => some.map(({ nic }) => nic).join(', ');
  if (nics.length === 0) return check(false, 'no network card has an address, so nothing is announced');
  const filtered = nics.filter(
    ({ multicastMs, broadcastMs }) => multicastMs === undefined && broadcastMs !== undefined,
  );
  const hearing = nics.filter(({ multicastMs }) => multicastMs !== undefined);
  if (filtered.length > 0) return check(true, `multicast is filtered on ${named(filtered)}: limited broadcast is used`);
  if (hearing.length > 0) return check(true, `members are heard on ${named(hearing)}`);
  return check(false, `nobody is heard on ${named(nics)}: no other member there, or UDP port 1900 is blocked`);
}
