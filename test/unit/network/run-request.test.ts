import test from 'ava';
import { decodeDeputyRequest } from '#runtime/network/run-request/decode.ts';

const request = (...records: string[]) => Buffer.from(records.map((one) => `${one}\0`).join(''), 'latin1');
const program = ['umask=22', 'nice=0', 'arg=cat', 'env=A=b=c'];

test('what a deputy asks for is understood: placement, program, descriptors, bytes as they are', (t) => {
  const words = [
    'on=n1,n3',
    'mem=1048576',
    'publish=8080',
    'publish=10.0.0.5:80',
    'lostttl=90',
    'cpujob=1',
    'not=n2,n4',
    'decay=slow',
    'rlimit=7:1:18446744073709551615',
    'file=/home/a/x',
    'file=/usr/bin/python3',
  ];
  const fds = ['fd=0:pipe', 'fd=1:file:1025:7:/tmp/\u00e4:b', 'fd=2:same:1', 'tty=24:80:00ff'];
  const { run } = decodeDeputyRequest(request('verb=run', ...words, ...fds, ...program)) as { run: never };
  t.like(run, {
    where: ['n1', 'n3'],
    memoryBytes: 1_048_576,
    lostTtlMs: 90_000,
    hints: ['cpujob', 'slowdecay'],
    only: undefined,
    not: ['n2', 'n4'],
    files: ['/home/a/x', '/usr/bin/python3'],
    publish: [{ port: 8080 }, { address: '10.0.0.5', port: 80 }],
    program: {
      umask: 0o22,
      argv: ['cat'],
      env: ['A=b=c'],
      stdio: ['pipe', { flags: 1025, offset: 7, path: '/tmp/\u00e4:b' }, { same: 1 }],
      terminal: { rows: 24, columns: 80, termios: '00ff' },
      rlimits: [{ resource: 7, soft: '1', hard: '18446744073709551615' }],
    },
  });
});

test('a deputy tells how its job ended', (t) => {
  const told = decodeDeputyRequest(request('verb=ended', 'id=0badcafe', 'token=x', 'status=1792'));
  t.deepEqual(told, { ended: { id: '0badcafe', token: 'x', waitStatus: 1792 } });
});

test('nonsense of a deputy is refused', (t) => {
  const bad = [
    Buffer.alloc(0),
    Buffer.from('verb=run'),
    request('verb=dance'),
    request('verb=run', 'umask=22'),
    request('verb=run', ...program, 'uid=0'),
    request('verb=run', ...program, 'fd=7:pipe'),
    request('verb=run', ...program, 'fd=0:fifo'),
    request('verb=run', ...program, 'mem=-1'),
    request('verb=run', ...program, 'decay=never'),
    request('verb=run', ...program, 'umask=23'),
    request('=x'),
  ];
  for (const bytes of bad) t.throws(() => decodeDeputyRequest(bytes), { code: 'PLUMP_PROTOCOL' });
});
