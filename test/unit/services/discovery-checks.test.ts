import test from 'ava';
import { noCounts } from '#runtime/network/ssdp/verifier.ts';
import { discoveryChecks } from '#runtime/services/discovery-checks.ts';
import { overlayChecks } from '#runtime/services/overlay-checks.ts';

const quiet = { sent: 4, broadcasting: false, multicastMs: undefined, broadcastMs: undefined, otherKeyMs: undefined };
const nic = (name: string, more: object = {}) => ({
  nic: name,
  address: '10.0.0.1',
  counts: noCounts(),
  ...quiet,
  ...more,
});
const saidIn = (members: number, ...nics: ReturnType<typeof nic>[]) =>
  Object.fromEntries(
    discoveryChecks(true, nics, members).map(({ name, ok, text }) => [name, `${ok ? 'ok' : 'NO'} ${text}`]),
  );
const said = (...nics: ReturnType<typeof nic>[]) => saidIn(1, ...nics);

test('a member that is alone is told why', (t) => {
  t.regex(discoveryChecks(false, [], 1)[0]?.text ?? '', /no cluster secret.*plumpos.join=CODE/);
  t.regex(said()['multicast'] ?? '', /^NO no network card has an address/);
  t.regex(said(nic('eth0'))['multicast'] ?? '', /^NO nobody is heard on eth0.*1900/);
  t.regex(said(nic('eth0', { otherKeyMs: 3000 }))['key'] ?? '', /^NO .*another key are heard on eth0/);
});

test('a member in company is told how, and that others are around', (t) => {
  const heard = { multicastMs: 4000 };
  t.regex(said(nic('eth0', heard), nic('eth1'))['multicast'] ?? '', /^ok members are heard on eth0 \(last 4 s ago\)$/);
  t.regex(said(nic('eth0', { ...heard, otherKeyMs: 9 }))['key'] ?? '', /^ok .*another cluster/);
  t.regex(said(nic('eth0', { broadcastMs: 5 }))['multicast'] ?? '', /^ok multicast is filtered on eth0/);
});

test('a member that had company and is cut off now is told so', (t) => {
  const long = { multicastMs: 90_000, broadcastMs: 80_000 };
  t.regex(said(nic('eth0', long))['multicast'] ?? '', /^NO nobody is heard on eth0 \(last 80 s ago\).*1900/);
  t.regex(
    said(nic('eth0', { ...long, otherKeyMs: 4000 }))['key'] ?? '',
    /^NO .*another key/,
    'the others have a new key now',
  );
  t.is(said(nic('eth0', { otherKeyMs: 90_000 }))['key'], 'ok this member has a cluster secret', 'they went');
});

test('a member that is reached beyond a router, where no multicast goes, is not taken for alone', (t) => {
  t.regex(saidIn(2, nic('eth0'))['multicast'] ?? '', /^ok nobody is heard on eth0, but members answer/);
});

const path = (handshake: number) => ({ id: 'x', endpoint: '10.0.0.2:51820', handshake });
const overlay = (...paths: ReturnType<typeof path>[]) => {
  const checks = overlayChecks({ port: 51820, unfiltered: undefined, paths, now: 10_000 });
  return Object.fromEntries(checks.map(({ name, ok, text }) => [name, `${ok ? 'ok' : 'NO'} ${text}`]));
};

test('a blocked WireGuard port is named, one peer that is off is not taken for one', (t) => {
  t.regex(overlay()['firewall'] ?? '', /^ok/);
  t.regex(overlay(path(0), path(9960))['firewall'] ?? '', /^ok .*last handshake 40 s ago/);
  t.regex(overlay(path(0), path(0))['firewall'] ?? '', /^NO no answer from 10.0.0.2:51820.*UDP port 51820 blocked/);
});

test('a handshake of long ago reaches nobody', (t) => {
  const said = overlay(path(9000), path(9790));
  t.regex(said['firewall'] ?? '', /^NO no answer from 10.0.0.2:51820 \(last 16 min ago\), .*\(last 3 min ago\)/);
  t.regex(said['wireguard'] ?? '', /0 of 2 peers/);
});
