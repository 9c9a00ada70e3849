import test from 'ava';
import { blockingFirewall } from '#runtime/system/firewall.ts';

const PORTS = [1900, 51_820];
const accept = { accept: null };
const counter = { counter: { packets: 0, bytes: 0 } };
const udp = (right: unknown) => ({
  match: { op: '==', left: { payload: { protocol: 'udp', field: 'dport' } }, right },
});
const tcp = (right: unknown) => ({
  match: { op: '==', left: { payload: { protocol: 'tcp', field: 'dport' } }, right },
});
const meta = (key: string, right: unknown) => ({ match: { op: '==', left: { meta: { key } }, right } });
const state = (...right: string[]) => ({ match: { op: 'in', left: { ct: { key: 'state' } }, right } });
const xt = (name: string, type = 'match') => ({ xt: { type, name } });
const jump = (target: string) => ({ jump: { target } });

type Rules = Readonly<Record<string, readonly (readonly object[])[]>>;

/** As `nft -j list ruleset` (1.0.6) prints a table; the first chain is the input hook's. */
function table(family: string, name: string, policy: string, rules: Rules) {
  const chains = Object.keys(rules).map((chain, i) => ({
    chain: { family, table: name, name: chain, ...(i === 0 ? { hook: 'input', type: 'filter', prio: 0, policy } : {}) },
  }));
  const all = Object.entries(rules).flatMap(([chain, list]) =>
    list.map((expr) => ({ rule: { family, table: name, chain, expr } })),
  );
  return [{ table: { family, name } }, ...chains, ...all];
}

const asked = (items: readonly object[], saved?: string) =>
  blockingFirewall(PORTS, async (file) => {
    if (file === 'iptables-save' && saved === undefined) throw new Error('no iptables-save');
    return file === 'iptables-save' ? (saved ?? '') : JSON.stringify({ nftables: [{ metainfo: {} }, ...items] });
  });

/** What iptables-nft 1.8.9 makes of the rules everybody has. */
const usual = [
  [meta('iifname', 'lo'), counter, accept],
  [xt('conntrack'), counter, accept],
  [tcp(22), counter, accept],
  [meta('l4proto', 'icmp'), xt('icmp'), counter, accept],
];
const iptables = (...more: (readonly object[])[]) => table('ip', 'filter', 'drop', { INPUT: [...usual, ...more] });
const multiport = [meta('l4proto', 'udp'), xt('multiport'), counter, accept];
const saved = (ports: string) => `*filter\n-A INPUT -p udp -m multiport --dports ${ports} -j ACCEPT\nCOMMIT\n`;

test('no filter, or one that lets in what it does not know: nothing to say', async (t) => {
  t.is(await asked([]), undefined);
  t.is(await asked(table('inet', 'filter', 'accept', { input: [[tcp(25), { drop: null }]] })), undefined);
  t.is(await blockingFirewall(PORTS, () => Promise.reject(new Error('no nft'))), undefined);
  const odd = { match: { op: '==', left: { payload: { protocol: 'udp', field: 'dport' } }, right: { range: null } } };
  t.is(await asked(table('inet', 'odd', 'drop', { in: [[odd, accept]] })), undefined, 'what nobody can read');
});

test('a filter that drops is named, with the command that opens it; once opened, it is not told again', async (t) => {
  const closed = await asked(iptables());
  t.is(closed?.text, 'the packet filter of this machine (filter INPUT) drops UDP ports 1900 and 51820');
  t.is(closed?.command, 'sudo iptables -I INPUT -p udp -m multiport --dports 1900,51820 -j ACCEPT');
  t.is(await asked(iptables(multiport), saved('1900,51820')), undefined, 'what the command makes');
  t.is(await asked(iptables([udp(1900), accept], [udp({ range: [50_000, 60_000] }), accept])), undefined);
});

test('other ports opened by multiport open none of ours', async (t) => {
  t.regex((await asked(iptables(multiport), saved('53,67:68')))?.text ?? '', /1900 and 51820/);
  const some = await asked(iptables(multiport), saved('1000:2000'));
  t.regex(some?.text ?? '', /drops UDP port 51820$/);
  t.regex(some?.command ?? '', /--dports 51820 /);
  t.is(await asked(iptables(multiport)), undefined, 'which ones cannot be read: nothing is claimed');
});

test('a last rule that rejects drops too, as iptables writes it and as nft does', async (t) => {
  for (const last of [[counter, xt('REJECT', 'target')], [{ reject: { type: 'icmp' } }]]) {
    const items = table('ip', 'filter', 'accept', { INPUT: [...usual, last] });
    t.regex((await asked(items))?.text ?? '', /drops UDP ports/);
  }
});

const ufw = (...user: (readonly object[])[]) =>
  table('ip', 'filter', 'drop', {
    INPUT: [[jump('ufw-before-input')], [jump('ufw-after-input')]],
    'ufw-before-input': [
      [meta('iifname', 'lo'), counter, accept],
      [xt('conntrack'), counter, accept],
      [jump('ufw-not-local')],
      [
        udp(1900),
        { match: { op: '==', left: { payload: { protocol: 'ip', field: 'daddr' } }, right: '239.255.255.250' } },
        accept,
      ],
      [jump('ufw-user-input')],
    ],
    'ufw-not-local': [
      [xt('addrtype'), counter, { return: null }],
      [counter, { drop: null }],
    ],
    'ufw-user-input': user,
    'ufw-after-input': [],
    'ufw-user-limit-accept': [[counter, accept]],
  });

test('ufw is told by its own command, and what that makes is known again', async (t) => {
  const closed = await asked(ufw());
  t.regex(closed?.text ?? '', /\(filter INPUT\) drops UDP port 51820$/, 'ufw lets UPnP in by itself');
  t.is(closed?.command, 'sudo ufw allow proto udp to any port 51820');
  t.is(await asked(ufw([udp(51_820), counter, accept])), undefined);
  t.is(await asked(ufw(multiport), saved('1900,51820')), undefined);
});

test('firewalld is told by its own command', async (t) => {
  const items = table('inet', 'firewalld', 'accept', {
    filter_INPUT: [
      [state('established', 'related'), accept],
      [{ match: { op: 'in', left: { ct: { key: 'status' } }, right: 'dnat' } }, accept],
      [jump('filter_INPUT_ZONES')],
      [{ reject: { type: 'icmpx' } }],
    ],
    filter_INPUT_ZONES: [[meta('iifname', 'eth0'), { goto: { target: 'public' } }], [{ goto: { target: 'public' } }]],
    public: [[tcp(22), accept], [{ reject: { type: 'icmpx' } }]],
  });
  t.regex((await asked(items))?.command ?? '', /^sudo firewall-cmd --add-port=1900\/udp --add-port=51820\/udp &&/);
});

test('a filter of one’s own is told by its table and chain; one that trusts the LAN is left in peace', async (t) => {
  const vmap = {
    vmap: {
      key: { ct: { key: 'state' } },
      data: {
        set: [
          ['established', accept],
          ['invalid', { drop: null }],
        ],
      },
    },
  };
  const own = (...more: (readonly object[])[]) => table('inet', 'mine', 'drop', { in: [[vmap], ...more] });
  const closed = await asked(own());
  t.regex(closed?.text ?? '', /\(mine in\)/);
  t.is(closed?.command, "sudo nft insert rule inet mine in udp dport '{ 1900, 51820 }' accept");
  t.is(await asked(own([udp({ set: PORTS }), accept])), undefined);
  t.is(await asked(own([meta('iifname', 'eth0'), accept])), undefined);
});

test('an accepting rule for what is sent, not received, opens nothing', async (t) => {
  const items = [
    ...table('inet', 'mine', 'drop', { in: [] }),
    { chain: { family: 'inet', table: 'mine', name: 'out', hook: 'output', policy: 'drop' } },
    { rule: { family: 'inet', table: 'mine', chain: 'out', expr: [udp({ set: PORTS }), accept] } },
  ];
  t.regex((await asked(items))?.text ?? '', /\(mine in\)/);
});
