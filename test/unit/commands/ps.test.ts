import test from 'ava';
import { whyText } from '#runtime/commands/ps.ts';

const job = { pid: 4711, host: 'n1', argv: ['awk', '1'] };

test('ps --why has a line for each reason, or says where a job could go', (t) => {
  const closed = { name: 'n3', reasons: ['cantmove: the CPU of n3 lacks avx2'] };
  const text = whyText([
    { ...job, why: [], members: [{ name: 'n2', reasons: [] }, { name: 'n4', reasons: [] }, closed] },
    { ...job, pid: 4712, why: ['cantmove: io_uring (awk, pid 4712)', 'cantmove: locked (--nomig)'], members: [closed] },
    { ...job, pid: 4713, why: [], members: [closed] },
    { ...job, pid: 4714, why: ['cantmove: device /dev/\u001b[2J (awk, pid 4714)'], members: [] },
  ]);
  t.is(
    text,
    `PID   HOST  WHY                                         COMMAND
4711  n1    can move to n2, n4                          awk 1
4711  n1    cantmove: the CPU of n3 lacks avx2          awk 1
4712  n1    cantmove: io_uring (awk, pid 4712)          awk 1
4712  n1    cantmove: locked (--nomig)                  awk 1
4713  n1    cantmove: no other member can take it       awk 1
4713  n1    cantmove: the CPU of n3 lacks avx2          awk 1
4714  n1    cantmove: device /dev/ [2J (awk, pid 4714)  awk 1
`,
  );
});
