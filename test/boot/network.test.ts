import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import test from 'ava';
import { readTextScreen } from '#builder/lab/text-screen.ts';
import { typeText } from '#builder/lab/type-text.ts';
import type { Vm } from '#builder/lab/types.ts';
import type { Status } from '#runtime/model/status.ts';
import { withBoot } from '../helpers/boots.ts';

const late = () => AbortSignal.timeout(300_000);

async function screenWith(vm: Vm, pattern: RegExp): Promise<string> {
  for (const limit = late(); ; await wait(300)) {
    const screen = (await readTextScreen(vm.qmp)).join('\n');
    if (pattern.test(screen) || limit.aborted) return screen;
  }
}

/** Everything a card sends and receives, as bytes of a capture file. */
async function capture(vm: Vm, netdev: string): Promise<Disposable & { bytes(): Buffer }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'plumpos-capture-'));
  const file = path.join(folder, 'lan.pcap');
  await vm.qmp.execute('object-add', { 'qom-type': 'filter-dump', id: `dump-${netdev}`, netdev, file });
  return { bytes: () => readFileSync(file), [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

test('without a DHCP server: a plain message, an address typed at the node; a late card gets a lease and gives it back', async (t) => {
  await withBoot(t, { noDhcp: true }, async ({ boot: { vm, watch }, sh }) => {
    const status = async () => JSON.parse(await sh('plumpos status --json || [ $? = 3 ]')) as Status;
    await watch.until('joined', late());
    t.regex(await sh('udhcpc --help 2>&1'), /-a\[MSEC\]/, 'the fallback is there and can probe');
    const [alone] = (await status()).nics;
    t.is(alone?.state, 'link-local');
    t.regex(await screenWith(vm, /no DHCP server/), /169\.254\.\d+\.\d+ +\(eth0: no DHCP server answers\)/);
    t.regex(
      await sh('plumpos status || [ $? = 3 ]'),
      /network +eth0 169\.254\.\S+ \(link-local: no DHCP server answers\)/,
    );

    await typeText(vm.qmp, 'a');
    await screenWith(vm, /Network card/);
    await typeText(vm.qmp, 'eth0\n10.9.8.7/24\n\n');
    t.regex(await screenWith(vm, /Done/), /Done\./);
    await typeText(vm.qmp, 'x');
    t.regex(await screenWith(vm, /10\.9\.8\.7/), /10\.9\.8\.7 +\(eth0: fixed address\)/);
    t.like((await status()).nics[0], { state: 'static', address: '10.9.8.7', prefix: 24 });

    t.regex(await sh("echo '40 10.9.8.1 10' >/tmp/map && setpe -w -f /tmp/map && showmap"), /My Node-Id: 0x002e/);
    t.is(await sh('setpe -r && setpe -off'), '46 10.9.8.7 1');

    await vm.qmp.execute('netdev_add', { type: 'user', id: 'late', net: '10.78.0.0/24' });
    using seen = await capture(vm, 'late');
    await vm.qmp.execute('device_add', { driver: 'e1000', netdev: 'late', id: 'latecard' });
    await sh('for i in $(seq 300); do plumpos status --json | grep -q BOUND && exit; sleep 0.2; done; exit 1');
    t.like((await status()).nics[1], { state: 'BOUND', engine: 'plumpos', driver: 'e1000' });

    const off = vm.qmp.event('SHUTDOWN', late());
    await vm.qmp.execute('system_powerdown');
    t.is((await off).data['guest'], true);
    await vm.exited;
    const said = seen.bytes();
    t.true(said.includes('ssdp:alive'), 'it announced itself there');
    t.true(said.includes('ssdp:byebye'), 'the others were told');
    t.true(said.includes(Buffer.from([53, 1, 7])), 'DHCPRELEASE: the lease was given back');
  });
});
