import test from 'ava';
import { dnsmasqConfig } from '#builder/lab/infra/dnsmasq-config.ts';
import { checkChoices, checkJoins, memoryOf } from '#builder/lab/room/machine-spec.ts';
import { perName, share, wholeNumber } from '#builder/lab/room/per-name.ts';
import { allSeats, seat } from '#builder/lab/room/seats.ts';
import { makeBootMenu } from '#builder/plan/boot-menu.ts';
import { renderMenu } from '#builder/render/menus.ts';
import { Turnstile } from '#builder/lab/room/turnstile.ts';
import { PlumpError } from '#runtime/base/errors.ts';

test('an option may be for all machines, and another one for one of them', (t) => {
  const memory = perName('memory', ['300', 'n2=128', 'head=900', 'n2=200'], wholeNumber(64));
  t.deepEqual(['n1', 'n2', 'head'].map(memory), [300, 200, 900]);
  t.is(perName('speed', ['n1=0.5'], share)('n2'), undefined);
  for (const bad of ['', 'n1=', 'much', '63', '1.5', 'n1=n2=3'])
    t.throws(() => perName('memory', [bad], wholeNumber(64)), { instanceOf: PlumpError }, bad);
  for (const bad of ['0', '1.1', '-1', '']) t.throws(() => perName('speed', [bad], share), undefined, bad);
});

test('no two cards of a room share a MAC or an address, and the server knows each', (t) => {
  const wiring = { nics: 3, oneSegment: false };
  const seats = allSeats(wiring);
  const cards = seats.flatMap((one) => one.cards);
  t.is(new Set(cards.map(({ mac }) => mac)).size, cards.length);
  t.is(new Set(cards.map(({ address }) => address)).size, cards.length);
  const config = dnsmasqConfig({ segments: 3, seats }).split('\n');
  t.true(config.includes('dhcp-host=52:54:00:77:02:0b,10.77.2.11,n11'));
  t.true(config.includes('dhcp-host=52:54:00:78:00:02,10.77.0.202,head2'));
  t.is(config.filter((line) => line.startsWith('dhcp-range=')).length, 3);
});

test('a room boots from the network by the very lines users copy from dnsmasq.conf.example', (t) => {
  const kernels = [{ name: 'linux61', release: '6.1.0-56-amd64' }];
  const example = renderMenu('dnsmasq', makeBootMenu({ version: '7', id: '0123', kernels, addons: false }));
  const config = dnsmasqConfig({ segments: 1, seats: [], example }).split('\n');
  const taken = config.filter((line) => /^(enable-tftp|tftp-root|dhcp-match|dhcp-boot)/.test(line));
  t.deepEqual(taken.toSorted(), [
    'dhcp-boot=tag:!ipxe,tag:!efi,undionly.kpxe',
    'dhcp-boot=tag:!ipxe,tag:efi,snponly.efi',
    'dhcp-boot=tag:ipxe,plumpos.ipxe',
    'dhcp-match=set:efi,option:client-arch,7',
    'dhcp-match=set:efi,option:client-arch,9',
    'dhcp-match=set:ipxe,175',
    'enable-tftp',
    'tftp-root=/srv',
  ]);
});

test('with all cards on one segment only the first has an address of its own', (t) => {
  const { cards } = seat('node', 7, { nics: 2, oneSegment: true });
  t.deepEqual(
    cards.map(({ segment, address }) => [segment, address]),
    [
      [0, '10.77.0.7'],
      [0, undefined],
    ],
  );
});

test('a turnstile lets so many through at a time, the others in their order, also when one fails', async (t) => {
  const turnstile = new Turnstile(2);
  const begun: number[] = [];
  const ends = [1, 2, 3, 4].map(() => Promise.withResolvers<void>());
  const passed = ends.map((end, i) =>
    turnstile.pass(async () => {
      begun.push(i + 1);
      await end.promise;
    }),
  );
  const settled = Promise.allSettled(passed);
  t.deepEqual(begun, [1, 2]);
  ends[1]?.reject(new Error('no'));
  await t.throwsAsync(passed[1] as Promise<void>);
  t.deepEqual(begun, [1, 2, 3]);
  for (const end of ends) end.resolve();
  await settled;
  t.deepEqual(begun, [1, 2, 3, 4]);
});

test('what would never reach a node, or never boot, is refused before anything starts', (t) => {
  const choices = { firmware: 'bios', medium: 'cd', kernel: undefined, append: '' } as const;
  t.notThrows(() => checkChoices(choices));
  t.throws(() => checkChoices({ ...choices, append: 'quiet' }), { message: /--append does not reach nodes .* cd/ });
  t.notThrows(() => checkChoices({ ...choices, append: 'quiet', medium: 'kernel' }));
  const image = { iso: 'x.iso', pxe: '', head: '', headBytes: 0, join: 'code', joinInIso: false };
  for (const medium of ['cd', 'usb'] as const) t.throws(() => checkJoins(image, medium), { code: 'PLUMP_KEY' });
  for (const medium of ['kernel', 'pxe'] as const) t.notThrows(() => checkJoins(image, medium));
  t.notThrows(() => checkJoins({ ...image, joinInIso: true }, 'cd'));
});

test('a node with UEFI gets the RAM it wants, and is not started with less', (t) => {
  const wiring = { nics: 1, oneSegment: false };
  const node = seat('node', 1, wiring);
  const uefi = { firmware: 'uefi', medium: 'cd' } as const;
  t.is(memoryOf(node, undefined, uefi), 400);
  t.is(memoryOf(node, undefined, { firmware: 'bios', medium: 'cd' }), 256);
  t.is(memoryOf(seat('head', 1, wiring), undefined, uefi), 768);
  t.throws(() => memoryOf(node, 256, uefi), { code: 'PLUMP_USAGE', message: /n1 does not get past its UEFI/ });
  t.is(memoryOf(node, 128, { firmware: 'bios', medium: 'cd' }), 128);
});
