import test from 'ava';
import { parseStatus, readDescriptors, readHeldPaths, readNamespaces, readTask } from '#runtime/system/task-facts.ts';

const STATUS = `Name:\tmy prog\nState:\tT (stopped)\nTgid:\t900\nTracerPid:\t0\nUid:\t1000\t1000\t1000\t1000\nGid:\t100\t100\t100\t100
Groups:\t44 100 2000 \nNSpid:\t900\t17\nCapInh:\t0000000000000000\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000
CapBnd:\t000001ffffffffff\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\n`;

test("a task's rights are read as the kernel tells them, its pid as the job sees it", (t) => {
  t.like(parseStatus(900, STATUS), {
    hostPid: 900,
    pid: 17,
    name: 'my prog',
    state: 'T',
    uids: [1000, 1000, 1000, 1000],
    groups: [44, 100, 2000],
    noNewPrivileges: true,
  });
  t.is(parseStatus(900, STATUS).capabilities[3], '000001ffffffffff');
});

test('who has no further groups has none, whatever stands on the next line', (t) => {
  for (const none of ['Groups:\t \n', 'Groups:\t\n']) {
    const status = STATUS.replace('Groups:\t44 100 2000 \n', `${none}NStgid:\t900\t17\n`);
    t.deepEqual(parseStatus(900, status).groups, []);
  }
});

test('what this very process is and holds can be read; a process that is gone is undefined', (t) => {
  t.is(readTask(process.pid)?.hostPid, process.pid);
  t.is(readTask(2 ** 22 + 1), undefined);
  t.true(readDescriptors(process.pid).some(({ fd }) => fd === 0));
  t.true(readHeldPaths(process.pid).includes(process.execPath));
  t.regex(readNamespaces('self').net, /^net:\[\d+\]$/);
});
