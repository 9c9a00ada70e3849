import test from 'ava';
import { noCounts } from '#runtime/network/ssdp/verifier.ts';
import { discoveryChecks } from '#runtime/services/discovery-checks.ts';
import { overlayChecks } from '#runtime/services/overlay-checks.ts';

const quiet = { sent: 4, broadcasting: false, multicastMs: undefined, broadcastMs: undefined };
const nic = (name: string, more: object = {}, counts: object = {}) => ({
  nic: name,
  address: '10.0.0.1',
  ...quiet,
  ...more,
  counts: { ...noCounts(), ...counts },
});
const said = (...nics: ReturnType<typeof nic>[]) =>
  Object.fromEntries(discoveryChecks(true, nics).map(({ name, ok, text }) => [name, `${ok ? 'ok' : 'NO'} ${text}`]));

test('a member that is alone is told why', (t) => {
  t.regex(discoveryChecks(false, [])[0]?.text ?? '', /no cluster secret.*plumpos.join=CODE/);
  t.regex(said()['multicast'] ?? '', /^NO no network card has an address/);
  t.regex(said(nic('eth0'))['multicast'] ?? '', /^NO nobody is heard on eth0.*1900/);
  t.regex(said(nic('eth0', {}, { otherKey: 3 }))['key'] ?? '', /^NO .*another key are heard on eth0/);
});

test('a member in company is told how, and that others are around', (t) => {
  const heard = { multicastMs: 100 };
  t.regex(said(nic('eth0', heard), nic('eth1'))['multicast'] ?? '', /^ok members are heard on eth0$/);
  t.regex(said(nic('eth0', heard, { accepted: 1, otherKey: 1 }))['key'] ?? '', /^ok .*another cluster/);
  t.regex(said(nic('eth0', { broadcastMs: 5 }))['multicast'] ?? '', /^ok multicast is filtered on eth0/);
});

test('a blocked WireGuard port is named, one peer that is off is not taken for one', (t) => {
  const path = (handshake: number) => ({ id: 'x', endpoint: '10.0.0.2:51820', handshake });
  const firewall = (...paths: ReturnType<typeof path>[]) =>
    overlayChecks({ port: 51820, unfiltered: undefined, paths }).find(({ name }) => name === 'firewall');
  t.true(firewall()?.ok);
  t.true(firewall(path(0), path(1))?.ok);
  t.regex(firewall(path(0), path(0))?.text ?? '', /no answer from 10.0.0.2:51820.*UDP port 51820 blocked/);
});
