import { isLiving } from '../model/member.ts';
import type { Clock } from '../base/clock.ts';
import { type NodeConfig, ROLES } from '../model/node-config.ts';
import { nicStateText } from '../model/nic-text.ts';
import type { Check, NicStatus, Phase, Status } from '../model/status.ts';
import type { Cluster } from './cluster.ts';
import { type AgentIdentity, ownName, usableNics } from './own-facts.ts';
import type { NicSource } from './cluster-session.ts';

/** What the status is made from. */
export interface StatusDeps {
  readonly identity: AgentIdentity;
  readonly nics: NicSource;
  readonly cluster: Cluster;
  readonly clock: Clock;
  /** Checks of the machine itself (a head's firewall). */
  moreChecks(): Check[];
  /** Of one CPU. */
  speed(): number;
  /** Is the agent on its way out? */
  stopping(): boolean;
}

/** A clock before this is certainly wrong: it is older than PlumpOS 7. */
const LEAST_SANE_CLOCK = Date.UTC(2026, 0, 1);
const ORDER = ['key', 'members', 'wireguard', 'clock', 'firewall', 'multicast', 'network', 'config'] as const;

/**
 * How far this member is. `joined` as the issue defines it: a lease (or static address), announcements sent, overlay
 * address up, member of a cluster of one or more. Without a secret a member is `ready`, never `joined`.
 */
export function phaseOf({ cluster, nics, stopping }: Pick<StatusDeps, 'cluster' | 'nics' | 'stopping'>): Phase {
  if (stopping()) return 'leaving';
  if (cluster.left) return 'left';
  const session = cluster.session;
  const joined =
    session !== undefined &&
    session.problem === undefined &&
    session.membership !== undefined &&
    session.announced &&
    usableNics(nics.list()).length > 0;
  return joined ? 'joined' : 'ready';
}

/** Everything `plumpos status` tells. */
export function statusOf(deps: StatusDeps): Status {
  const { identity, nics, cluster, clock } = deps;
  const { config, facts, kind } = identity;
  const views = cluster.views();
  const self = views.find((view) => view.self);
  return {
    phase: phaseOf({ cluster, nics, stopping: () => deps.stopping() }),
    id: cluster.session?.id ?? '',
    name: ownName(config),
    number: self?.number ?? 0,
    role: config.role,
    kind,
    image: config.image,
    version: config.version,
    kernel: facts.kernel,
    secureBoot: facts.secureBoot,
    hasSecret: cluster.hasSecret,
    overlay: cluster.session?.overlayAddress ?? '',
    uptimeSeconds: Math.max(0, Math.round(clock.wall() / 1000 - facts.booted)),
    speed: deps.speed(),
    nics: [...nics.list()],
    checks: orderedChecks([
      clockCheck(clock),
      ...configChecks(config),
      ...networkChecks(kind, nics.list()),
      ...deps.moreChecks(),
      ...cluster.checks(),
    ]),
    members: views.filter(isLiving).length,
  };
}

/** The check `config`: what was said at the boot and is not understood. */
export function configChecks({ unknownRole }: Pick<NodeConfig, 'unknownRole'>): Check[] {
  if (unknownRole === undefined) return [];
  const text = `plumpos.role=${unknownRole} is no role (${ROLES.join(', ')}): single is used`;
  return [{ name: 'config', ok: false, text }];
}

function clockCheck(clock: Clock): Check {
  const time = new Date(clock.wall()).toISOString().slice(0, 16).replace('T', ' ');
  const ok = clock.wall() >= LEAST_SANE_CLOCK;
  return { name: 'clock', ok, text: ok ? `${time} UTC` : `${time} UTC cannot be right: set it in the firmware` };
}

/** A head without any interface of use says why by itself. */
function networkChecks(kind: Status['kind'], nics: readonly NicStatus[]): Check[] {
  return kind === 'head' && nics.length === 0 ? [] : [networkCheck(nics)];
}

/** The check `network`: which cards have an address, or why none has. */
export function networkCheck(nics: readonly NicStatus[]): Check {
  const usable = usableNics(nics);
  const text = usable.length > 0 ? usable.map(addressText).join(', ') : noAddress(nics);
  return { name: 'network', ok: usable.length > 0, text };
}

function addressText({ name, address, state }: NicStatus): string {
  const why = state === 'link-local' ? ' (link-local: no DHCP server answers)' : '';
  return `${name} ${address}${why}`;
}

function noAddress(nics: readonly NicStatus[]): string {
  const plugged = nics.filter(({ carrier }) => carrier);
  if (nics.length === 0) return 'no network card was found: has the kernel a driver for it?';
  if (plugged.length === 0) return `no network card has a cable (${nics.map(({ name }) => name).join(', ')})`;
  return `no network card has an address yet: ${plugged.map((nic) => `${nic.name} ${nicStateText(nic)}`).join(', ')}`;
}

/** One line each, in a fixed order; of several about one thing those that complain, else the first. */
function orderedChecks(all: readonly Check[]): Check[] {
  return ORDER.flatMap((name) => {
    const own = all.filter((check) => check.name === name);
    const bad = own.filter((check) => !check.ok);
    if (bad.length > 0) return [{ name, ok: false, text: bad.map(({ text }) => text).join('; ') }];
    return own.slice(0, 1);
  });
}
