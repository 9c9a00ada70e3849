import { messageOf } from '../base/errors.ts';
import { runCommand, type RunCommand } from './run-command.ts';

/** A firewall of this machine that keeps other members out, and the command that lets them in. */
export interface Blocking {
  /** One sentence. */
  readonly text: string;
  /** Can be pasted as it is. */
  readonly command: string;
}

interface Chain {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly hook?: string;
  readonly policy?: string;
}

interface Rule {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  readonly expr?: readonly unknown[];
}

/**
 * Does a packet filter of this machine drop what other members send to these UDP ports? Judged by the input chains: one
 * that drops at its end and has no rule that names the port. Programs that write the rules (ufw, firewalld) are told apart,
 * since their own command must be used.
 */
export async function blockingFirewall(
  ports: readonly number[],
  run: RunCommand = runCommand,
): Promise<Blocking | undefined> {
  let items: readonly Record<string, unknown>[];
  try {
    const all: unknown = JSON.parse(await run('nft', ['-j', 'list', 'ruleset'], { timeoutMs: 5000 }));
    items = (all as { nftables?: Record<string, unknown>[] }).nftables ?? [];
  } catch (error) {
    // No nft, or not ours to read: nothing is known, and nothing is claimed.
    return void messageOf(error);
  }
  const rules = items.flatMap((item) => (item['rule'] === undefined ? [] : [item['rule'] as Rule]));
  const chains = items.flatMap((item) => (item['chain'] === undefined ? [] : [item['chain'] as Chain]));
  const closed = chains.find(
    (chain) => chain.hook === 'input' && chain.family !== 'ip6' && drops(chain, rules) && !opens(chain, rules, ports),
  );
  if (closed === undefined) return undefined;
  const names = new Set(chains.map(({ name }) => name));
  const tables = new Set(chains.map(({ table }) => table));
  return {
    text: `the packet filter of this machine (${closed.table} ${closed.name}) drops UDP ports ${ports.join(' and ')}`,
    command: commandFor(closed, ports, names, tables),
  };
}

function drops(chain: Chain, rules: readonly Rule[]): boolean {
  if (chain.policy === 'drop') return true;
  const last = rulesOf(chain, rules).at(-1)?.expr ?? [];
  // A last rule without a condition that drops or rejects everything.
  const verdicts = last.filter((one) => !hasKey(one, 'counter') && !hasKey(one, 'log'));
  return verdicts.length === 1 && (hasKey(verdicts[0], 'drop') || hasKey(verdicts[0], 'reject'));
}

/** Rules of the chain and of those it jumps to are not followed in detail: a rule that names the port and accepts is enough. */
function opens(chain: Chain, rules: readonly Rule[], ports: readonly number[]): boolean {
  const table = rules.filter((rule) => rule.family === chain.family && rule.table === chain.table);
  const accepting = table.filter((rule) => rule.expr?.some((one) => hasKey(one, 'accept')) === true);
  const texts = accepting.map((rule) => JSON.stringify(rule.expr));
  const everything = rulesOf(chain, rules).some((rule) =>
    rule.expr?.every((one) => hasKey(one, 'accept') || hasKey(one, 'counter')),
  );
  return everything || ports.every((port) => texts.some((text) => new RegExp(`\\b${port}\\b`).test(text)));
}

function rulesOf(chain: Chain, rules: readonly Rule[]): Rule[] {
  return rules.filter(
    (rule) => rule.family === chain.family && rule.table === chain.table && rule.chain === chain.name,
  );
}

function commandFor(chain: Chain, ports: readonly number[], names: Set<string>, tables: Set<string>): string {
  if ([...names].some((name) => name.startsWith('ufw-')))
    return `sudo ufw allow proto udp to any port ${ports.join(',')}`;
  if (tables.has('firewalld'))
    return `sudo firewall-cmd ${ports.map((port) => `--add-port=${port}/udp`).join(' ')} && sudo firewall-cmd --runtime-to-permanent`;
  if (chain.name === 'INPUT' && chain.table === 'filter')
    return `sudo iptables -I INPUT -p udp -m multiport --dports ${ports.join(',')} -j ACCEPT`;
  return `sudo nft insert rule ${chain.family} ${chain.table} ${chain.name} udp dport '{ ${ports.join(', ')} }' accept`;
}

function hasKey(value: unknown, key: string): boolean {
  return typeof value === 'object' && value !== null && key in value;
}
