import test from 'ava';
import { LabUnderTest } from '../helpers/lab.ts';

test('a job moves between nodes that were booted with Secure Boot, whose kernels are locked down', async (t) => {
  await using lab = new LabUnderTest();
  await lab.up('2', '--firmware', 'secureboot', '--medium', 'cd', '--memory', '400');
  for (const name of ['n1', 'n2']) {
    const mounted = 'mount -t securityfs none /sys/kernel/security && cat /sys/kernel/security/lockdown';
    t.regex(await lab.on(name, 'sh', '-c', mounted), /\[integrity\]/);
  }
  // Nodes of this size may be short of memory: only the test moves it.
  await lab.on('n1', 'plumpos', 'ctl', 'stay');
  const asPlump = (script: string) => lab.as('n1', 'plump', script);
  const count = 'i=0; while :; do i=$((i+1)); echo $i; sleep 1; done >/tmp/count';
  const started = await lab.until(
    () => asPlump(`plumpos run --detach --on n2 -- sh -c '${count}' </dev/null | head -n 1`),
    ({ stdout }) => /^\d+$/m.test(stdout),
    60,
  );
  const pid = Number(started.stdout);
  t.true(pid > 1, started.stderr);

  const counted = async () =>
    (await lab.run(['exec', 'n1', '--', 'cat', '/tmp/count'])).stdout.trim().split('\n').map(Number);
  for (const to of ['n1', 'n2']) {
    const before = (await lab.until(counted, (lines) => lines.length > 1)).length;
    const { status, stdout, stderr } = await asPlump(`plumpos migrate ${pid} ${to}`);
    t.is(status, 0, stderr);
    t.regex(stdout, new RegExp(`^${pid} moved from n\\d to ${to}: `));
    const after = await lab.until(counted, (lines) => lines.length > before + 2);
    t.deepEqual(
      after,
      after.map((_, index) => index + 1),
      'it counts on',
    );
    t.true(after.length > before + 2, `it does not run on ${to}`);
  }
});
