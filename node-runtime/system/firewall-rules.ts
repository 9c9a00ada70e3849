/** A chain of `nft -j list ruleset`. */
export interface Chain {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly hook?: string;
  readonly policy?: string;
}

/** A rule of it. */
export interface Rule {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  readonly expr?: readonly unknown[];
}

/** What a packet filter is made of, as far as it can be read. */
export interface Ruleset {
  readonly chains: readonly Chain[];
  readonly rules: readonly Rule[];
  /** UDP ports that rules of iptables' `multiport` accept; undefined where nobody could say. */
  readonly multiport: readonly (readonly [first: number, last: number])[] | undefined;
}

/** Does it match what another member sends to the port for the first time? `perhaps`: it cannot be told from here. */
type Match = 'yes' | 'no' | 'perhaps';
type Verdict = 'open' | 'closed' | undefined;
type Json = Readonly<Record<string, unknown>>;

/** Deeper than anybody nests chains; a loop the kernel would not take anyway. */
const DEEPEST = 16;

/**
 * Is the UDP port closed at this chain? Only what is certain counts: a rule that may let the port in (from some address, by some
 * interface) opens it.
 */
export function closes(chain: Chain, port: number, ruleset: Ruleset): boolean {
  const verdict = walk(chain.name, { chain, port, ruleset, depth: 0 });
  return (verdict ?? (chain.policy === 'drop' ? 'closed' : 'open')) === 'closed';
}

interface Walk {
  readonly chain: Chain;
  readonly port: number;
  readonly ruleset: Ruleset;
  readonly depth: number;
}

/** Undefined: the packet comes out at the chain's end, or may. */
function walk(name: string, at: Walk): Verdict {
  if (at.depth > DEEPEST) return 'open';
  const { family, table } = at.chain;
  const rules = at.ruleset.rules.filter(
    (rule) => rule.family === family && rule.table === table && rule.chain === name,
  );
  let certain = true;
  for (const step of rules.flatMap(({ expr = [] }) => steps(expr as readonly Json[]))) {
    const match = matches(step.conditions, at);
    if (match === 'no') continue;
    const { kind, target } = step;
    if (kind === 'accept') return 'open';
    if (kind === 'return' && match === 'yes') return undefined;
    if (kind === 'return') certain = false;
    const verdict =
      target === undefined ? (kind === 'drop' ? 'closed' : undefined) : walk(target, { ...at, depth: at.depth + 1 });
    if (verdict === 'open') return 'open';
    if (match === 'yes' && verdict === 'closed') return certain ? 'closed' : undefined;
    if (match === 'yes' && kind === 'goto') return undefined;
  }
  return undefined;
}

/** What becomes of a packet under conditions; a rule with a verdict map is several. */
interface Step {
  readonly conditions: readonly Json[];
  readonly kind: 'accept' | 'drop' | 'return' | 'jump' | 'goto';
  readonly target?: string;
}

function steps(expr: readonly Json[]): Step[] {
  const map = expr.find((one) => 'vmap' in one)?.['vmap'] as { key?: unknown; data?: { set?: unknown } } | undefined;
  const pairs = map?.data?.set;
  if (Array.isArray(pairs)) {
    const others = expr.filter((one) => !('vmap' in one));
    return (pairs as readonly (readonly [unknown, Json])[]).flatMap(([right, verdict]) =>
      steps([...others, { match: { op: '==', left: map?.key, right } }, verdict]),
    );
  }
  const action = actionOf(expr.at(-1) ?? {});
  return action === undefined ? [] : [{ conditions: expr.slice(0, -1), ...action }];
}

function actionOf(last: Json): Omit<Step, 'conditions'> | undefined {
  const jump = (last['jump'] ?? last['goto']) as { target?: unknown } | undefined;
  if (jump !== undefined) return { kind: 'jump' in last ? 'jump' : 'goto', target: String(jump.target) };
  const { type, name } = (last['xt'] ?? {}) as { type?: unknown; name?: unknown };
  if ('drop' in last || 'reject' in last || (type === 'target' && name === 'REJECT')) return { kind: 'drop' };
  if ('accept' in last) return { kind: 'accept' };
  return 'return' in last ? { kind: 'return' } : undefined;
}

function matches(conditions: readonly Json[], at: Walk): Match {
  const all = conditions.map((one) => matchOf(one, at));
  if (all.includes('no')) return 'no';
  return all.includes('perhaps') ? 'perhaps' : 'yes';
}

function matchOf(condition: Json, { port, ruleset }: Walk): Match {
  if ('counter' in condition || 'log' in condition) return 'yes';
  if ('xt' in condition) return xtMatch(condition['xt'] as { name?: unknown }, port, ruleset);
  const { op, left, right } = (condition['match'] ?? {}) as { op?: unknown; left?: Json; right?: unknown };
  if (left === undefined) return 'perhaps';
  const match = leftMatch(left, right, port);
  if (op !== '!=' || match === 'perhaps') return match;
  return match === 'yes' ? 'no' : 'yes';
}

/** Matches of iptables that nft does not translate come without their values. */
function xtMatch({ name }: { name?: unknown }, port: number, { multiport }: Ruleset): Match {
  if (name === 'multiport') return multiport === undefined ? 'perhaps' : isIn(multiport, port) ? 'yes' : 'no';
  // By far most accept what belongs to a connection, or drop what belongs to none.
  return name === 'conntrack' || name === 'state' || name === 'tcp' || name === 'icmp' ? 'no' : 'perhaps';
}

function leftMatch(left: Json, right: unknown, port: number): Match {
  const { protocol, field } = (left['payload'] ?? {}) as { protocol?: unknown; field?: unknown };
  if (protocol === 'udp' || protocol === 'th') return field === 'dport' ? holds(right, port) : 'perhaps';
  if (protocol === 'ip' && field === 'protocol') return holds(right, 'udp');
  if (protocol === 'ip') return 'perhaps';
  if (protocol !== undefined) return 'no';
  if ('ct' in left) return (left['ct'] as Json)['key'] === 'state' ? holds(right, 'new') : 'no';
  const key = (left['meta'] as Json | undefined)?.['key'];
  if (key === 'l4proto') return holds(right, 'udp');
  if (key === 'nfproto' || key === 'protocol') return holds(right, 'ipv4') === 'yes' ? 'yes' : holds(right, 'ip');
  // Other members never come by the loopback interface.
  if (key === 'iif' || key === 'iifname') return right === 'lo' ? 'no' : 'perhaps';
  return 'perhaps';
}

/** Is the value among what nft prints: one, a range, a set or a list of these? */
function holds(right: unknown, value: number | string): Match {
  if (typeof right === 'string' && right.startsWith('@')) return 'perhaps';
  if (Array.isArray(right)) {
    const all = right.map((one) => holds(one, value));
    return all.find((one) => one === 'yes') ?? all.find((one) => one === 'perhaps') ?? 'no';
  }
  if (typeof right !== 'object' || right === null) return right === value ? 'yes' : 'no';
  const { set, range } = right as { set?: unknown; range?: readonly [number, number] };
  if (set !== undefined) return holds(set, value);
  return range === undefined ? 'perhaps' : typeof value === 'number' && isIn([range], value) ? 'yes' : 'no';
}

function isIn(ranges: readonly (readonly [number, number])[], port: number): boolean {
  return ranges.some(([first, last]) => first <= port && port <= last);
}
