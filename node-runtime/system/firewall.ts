import { existsSync } from 'node:fs';
import { type Chain, closes, type Rule, type Ruleset } from './firewall-rules.ts';
import { runCommand, type RunCommand } from './run-command.ts';

/** A firewall of this machine that keeps other members out, and the command that lets them in. */
export interface Blocking {
  /** One sentence. */
  readonly text: string;
  /** Can be pasted as it is. */
  readonly command: string;
}

/** A head's tree brings its own; the machine may have none. */
const OWN_NFT = '/usr/lib/plumpos/bin/nft';
const ASK = { timeoutMs: 5000 };

/**
 * Does a packet filter of this machine drop what other members send to these UDP ports? Judged by the input chains
 * (firewall-rules.ts). Programs that write the rules (ufw, firewalld) are told apart, since their own command must be used.
 * Undefined, too, where the rules cannot be read: nothing is known then, and nothing is claimed.
 */
export async function blockingFirewall(
  ports: readonly number[],
  run: RunCommand = runCommand,
): Promise<Blocking | undefined> {
  try {
    return judged(await readRuleset(run), ports);
  } catch {
    return undefined;
  }
}

function judged(ruleset: Ruleset, ports: readonly number[]): Blocking | undefined {
  const inputs = ruleset.chains.filter((chain) => chain.hook === 'input' && chain.family !== 'ip6');
  for (const chain of inputs) {
    const closed = ports.filter((port) => closes(chain, port, ruleset));
    if (closed.length === 0) continue;
    const what = closed.length > 1 ? `UDP ports ${closed.join(' and ')}` : `UDP port ${closed[0]}`;
    return {
      text: `the packet filter of this machine (${chain.table} ${chain.name}) drops ${what}`,
      command: commandFor(chain, closed, ruleset.chains),
    };
  }
  return undefined;
}

async function readRuleset(run: RunCommand): Promise<Ruleset> {
  const nft = existsSync(OWN_NFT) ? OWN_NFT : 'nft';
  const all: unknown = JSON.parse(await run(nft, ['-j', 'list', 'ruleset'], ASK));
  const items = (all as { nftables?: Record<string, unknown>[] }).nftables ?? [];
  const rules = items.flatMap((item) => (item['rule'] === undefined ? [] : [item['rule'] as Rule]));
  const chains = items.flatMap((item) => (item['chain'] === undefined ? [] : [item['chain'] as Chain]));
  const unread = rules.some(({ expr }) => JSON.stringify(expr ?? []).includes('"multiport"'));
  return { rules, chains, multiport: unread ? await multiports(run) : [] };
}

/** nft names the match `multiport` without its ports; iptables, which made it, knows them. */
async function multiports(run: RunCommand): Promise<Ruleset['multiport']> {
  const text = await run('iptables-save', ['-t', 'filter'], ASK).catch(() => undefined);
  return text
    ?.split('\n')
    .filter((line) => /-p udp .*-m multiport --dports \S+ .*-j ACCEPT/.test(line))
    .flatMap((line) => (/--dports (\S+)/.exec(line)?.[1] ?? '').split(','))
    .map((ports) => {
      const [first = 0, last = first] = ports.split(':').map(Number);
      return [first, last] as const;
    });
}

function commandFor(chain: Chain, ports: readonly number[], chains: readonly Chain[]): string {
  if (chains.some(({ name }) => name.startsWith('ufw-')))
    return `sudo ufw allow proto udp to any port ${ports.join(',')}`;
  if (chains.some(({ table }) => table === 'firewalld'))
    return `sudo firewall-cmd ${ports.map((port) => `--add-port=${port}/udp`).join(' ')} && sudo firewall-cmd --runtime-to-permanent`;
  if (chain.name === 'INPUT' && chain.table === 'filter')
    return `sudo iptables -I INPUT -p udp -m multiport --dports ${ports.join(',')} -j ACCEPT`;
  return `sudo nft insert rule ${chain.family} ${chain.table} ${chain.name} udp dport '{ ${ports.join(', ')} }' accept`;
}
