import test from 'ava';
import { OwnFirewall } from '#runtime/services/own-firewall.ts';
import { VirtualClock } from '../../helpers/virtual-clock.ts';

test('status of a head names table and chain that keep others out, and the command; mended, it says so no more', async (t) => {
  const clock = new VirtualClock();
  const asked: (readonly number[])[] = [];
  let closed = true;
  const firewall = new OwnFirewall(
    clock,
    () => [1900, 51_821],
    async (ports) => {
      asked.push(ports);
      return closed ? { text: 'the packet filter (filter INPUT) drops', command: 'sudo open-it' } : undefined;
    },
  );
  t.deepEqual(firewall.checks(), []);
  await firewall.look();
  t.regex(firewall.checks()[0]?.text ?? '', /\(filter INPUT\) drops.*: sudo open-it$/);
  closed = false;
  await firewall.look();
  t.is(asked.length, 1, 'not asked again at once');
  clock.pass(3000);
  await firewall.look();
  t.deepEqual(firewall.checks(), []);
  t.deepEqual(asked[0], [1900, 51_821], 'the port that was really taken');
});

test('a filter that takes its time holds up no status', async (t) => {
  const clock = new VirtualClock();
  const firewall = new OwnFirewall(
    clock,
    () => [],
    () => new Promise(() => {}),
  );
  const looked = firewall.look();
  clock.pass(1000);
  await looked;
  t.deepEqual(firewall.checks(), []);
});
