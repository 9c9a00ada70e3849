import { globSync } from 'node:fs';
import os from 'node:os';
import test from 'ava';
import { turn } from '../helpers/boots.ts';
import { BootCommand, running } from '../helpers/run-boot.ts';

const PHASES = ['firmware', 'initrd', 'medium', 'root', 'init', 'agent', 'ready', 'joined'];

/** What was asked of the virtual PC is over: QEMU is gone, and so is every file that was made for it. */
function leftovers(vms: readonly number[], pid: number): readonly unknown[] {
  return [...vms.filter(running), ...globSync(`${os.tmpdir()}/plumpos-tftp-${pid}-*`)];
}

test("'plumpos boot --json' tells each phase, and at the end that Secure Boot is on", async (t) => {
  using _turn = await turn();
  using boot = new BootCommand(['--firmware', 'secureboot', '--medium', 'cd', '--until', 'joined', '--json']);
  await boot.until(() => boot.vms().length === 1);
  const vms = boot.vms();
  t.is(await boot.ended, 0, boot.errors);
  const phases = boot.events.filter(({ event }) => event === 'phase');
  t.deepEqual(
    phases.map(({ phase }) => phase),
    PHASES,
  );
  const seconds = phases.map((one) => Number(one['seconds']));
  t.deepEqual(
    seconds,
    seconds.toSorted((a, b) => a - b),
  );
  const result = boot.events.at(-1);
  t.like(result, { event: 'result', ok: true, secureBoot: true, phase: 'joined', firmware: 'secureboot' });
  t.regex(String(result?.['overlay']), /^fd/);
  t.is(boot.errors, '');
  t.deepEqual(leftovers(vms, boot.pid), []);
});

test('a node without the cluster secret is ready; nobody waits for it to join longer than asked', async (t) => {
  using _turn = await turn();
  using boot = new BootCommand(['--medium', 'kernel', '--until', 'ready', '--json']);
  t.is(await boot.ended, 0, boot.errors);
  t.like(boot.events.at(-1), { event: 'result', ok: true, phase: 'ready', secureBoot: false });
  t.deepEqual(
    boot.events.filter(({ phase }) => phase === 'joined'),
    [],
  );
});

test('a time limit ends it with one sentence and the command that shows it again', async (t) => {
  using _turn = await turn();
  using boot = new BootCommand(['--until', 'ready', '--timeout', '2']);
  await boot.until(() => boot.vms().length === 1);
  const vms = boot.vms();
  t.is(await boot.ended, 75);
  t.regex(boot.errors, /^plumpos: not ready within 2 s: the boot got as far as 'firmware' \(PLUMP_TIMEOUT\)$/m);
  t.regex(boot.errors, /^To see it again: \S*plumpos boot --until ready --timeout 2$/m);
  t.deepEqual(leftovers(vms, boot.pid), []);
});

for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 130],
  ['SIGKILL', null],
] as const)
  test(`${signal} in the middle of a network boot leaves nothing running`, async (t) => {
    using _turn = await turn();
    using boot = new BootCommand(['--medium', 'pxe', '--json']);
    await boot.until(() => boot.vms().length === 1 && boot.events.length > 0);
    const vms = boot.vms();
    boot.signal(signal);
    t.is(await boot.ended, status);
    while (vms.some(running)) await new Promise((resolve) => setTimeout(resolve, 20));
    // After SIGKILL nobody is left who could remove the folder: the next boot does.
    if (signal !== 'SIGKILL') t.deepEqual(leftovers(vms, boot.pid), []);
    if (signal !== 'SIGKILL') t.like(boot.events.at(-1), { event: 'result', ok: false });
  });

test('at a terminal the keys go to the node, and its power key ends the command', async (t) => {
  using _turn = await turn();
  using boot = new BootCommand([], (command) => ['script', '-qec', command, '/dev/null']);
  await boot.until(() => /state +joined/.test(boot.output));
  const vms = boot.vms();
  boot.type('p');
  await boot.until(() => boot.output.includes('Power this node off?'));
  boot.type('y');
  t.is(await boot.ended, 0, boot.output);
  t.deepEqual(vms.filter(running), []);
});

test('Ctrl-C at a terminal is never given to the node', async (t) => {
  using _turn = await turn();
  using boot = new BootCommand([], (command) => ['script', '-qec', command, '/dev/null']);
  await boot.until(() => boot.output.includes('boot:'));
  const vms = boot.vms();
  t.is(vms.length, 1);
  boot.type('\u0003');
  t.is(await boot.ended, 130);
  t.regex(boot.output, /plumpos: stopped/);
  t.deepEqual(vms.filter(running), []);
});
