import test from 'ava';
import { type HpcFacts, hpcFiles, hpcWish } from '#runtime/core/hpc/hpc-files.ts';
import { NO_MASK } from '#runtime/model/job-mask.ts';
import { memberEntry } from '../../../helpers/member-room.ts';

const MB = 2 ** 20;
const node = (index: number) => ({
  ...memberEntry(index),
  state: 'alive' as const,
  addresses: [],
  self: index === 0,
  silentMs: 0,
  memoryMB: 512,
});
const job = {
  pid: 4711,
  uid: 1000,
  where: 2,
  goingTo: undefined,
  moves: 3,
  locked: false,
  mask: { filter: true, allow: true, nodes: [1, 2] },
  hints: ['cpujob' as const],
  cantmove: ['io_uring', 'locked'],
};
const facts: HpcFacts = {
  settings: { block: true, stay: false, brought: true, yard: 5000, decaySeconds: 1, slowDecay: 938, fastDecay: 250 },
  speed: 9000,
  version: '7.0.0',
  nodes: [
    { ...node(0), speed: 9000 },
    { ...node(1), speed: 5000, load: 200, utilisation: 87, freeMB: 100, blocked: true, pressed: false, loadAgeMs: 9 },
    { ...node(2), state: 'dead' },
    { ...node(3), state: 'left' },
  ],
  jobs: [job],
  guests: [
    { pid: 900, home: 2, homeName: 'n1', homePid: 77, uid: 1001, command: 'awk\n1', memoryBytes: 8192, cpuMs: 1234 },
  ],
};

test('the files have the names of openMosix, and the values of now', (t) => {
  const files = new Map(hpcFiles(facts).map((file) => [file.path, file]));
  const text = (path: string) => files.get(path)?.text;
  const values = (folder: string) =>
    Object.fromEntries(
      [...files]
        .filter(([path]) => path.startsWith(`${folder}/`))
        .map(([path, one]) => [path.slice(folder.length + 1), one.text.trim()]),
    );
  t.deepEqual(values('admin'), {
    block: '1',
    stay: '0',
    lstay: '0',
    quiet: '0',
    bring: '1',
    expel: '0',
    speed: '9000',
    'decay-interval': '1',
    'slow-decay': '938',
    'fast-decay': '250',
    mospe: '1',
    version: 'PlumpOS 7.0.0',
  });
  t.deepEqual(values('nodes/2'), {
    CPUs: '1',
    load: '100',
    mem: `${100 * MB}`,
    rmem: `${100 * MB}`,
    tmem: `${512 * MB}`,
    speed: '5000',
    util: '87',
    status: '19',
  });
  t.is(text('nodes/1/status'), '27\n', 'up, brought home, takes no guests');
  t.is(text('nodes/3/status'), '1\n', 'known, not up');
  t.is(text('nodes/4/status'), undefined, 'it left');
  t.deepEqual(values('4711'), {
    where: '2',
    nmigs: '3',
    cantmove: 'io_uring\nlocked',
    lock: '0',
    goto: '',
    migrate: '',
    decay: 'cpujob',
    migfilter: '1',
    migpolicy: '1',
    mignodes: '3',
  });
  t.deepEqual(values('remote/900'), {
    from: '2',
    identity: 'home=n1 pid=77 uid=1001 command=awk 1',
    statm: '2',
    stats: '123',
  });
  t.deepEqual(Object.keys(values('decay')), ['clear', 'cpujob', 'iojob', 'slow', 'fast']);
  t.deepEqual(
    [...files.values()].filter(({ owner }) => owner === 1000).map(({ path }) => path),
    ['lock', 'goto', 'migrate', 'decay', 'migfilter', 'migpolicy', 'mignodes'].map((name) => `4711/${name}`),
  );
  t.is(files.get('admin/block')?.owner, 0);
  t.is(files.get('4711/where')?.owner, undefined);
});

test('what is written means what the commands do', (t) => {
  const wish = (path: string, word: string) => hpcWish(path, word, facts);
  t.deepEqual(wish('admin/block', '0'), { set: { block: false } });
  t.deepEqual(wish('admin/lstay', '0'), { set: { lstay: false, brought: false } });
  t.deepEqual(wish('admin/bring', '1'), { sweep: 'bring' });
  t.deepEqual(wish('admin/expel', '1'), { sweep: 'expel' });
  t.deepEqual(wish('admin/slow-decay', '975'), { set: { slowDecay: 975 } });
  const mine = { pid: 4711, uid: 1000 };
  t.deepEqual(wish('4711/goto', '0'), { ...mine, goto: 'home' });
  t.deepEqual(wish('4711/migrate', '-1'), { ...mine, goto: 'best' });
  t.deepEqual(wish('4711/goto', '2'), { ...mine, goto: '2' });
  t.deepEqual(wish('4711/lock', '1'), { ...mine, steer: { locked: true } });
  t.deepEqual(wish('4711/migfilter', '0'), { ...mine, steer: { mask: { ...job.mask, filter: false } } });
  t.deepEqual(wish('4711/mignodes', '5'), { ...mine, steer: { mask: { ...job.mask, nodes: [1, 3] } } });
  t.deepEqual(wish('4711/mignodes', '0x6'), { ...mine, steer: { mask: { ...job.mask, nodes: [2, 3] } } });
  t.deepEqual(wish('4711/mignodes', 'm1 m0'), { ...mine, steer: { mask: { ...job.mask, nodes: [2, 1] } } });
  t.deepEqual(wish('4711/mignodes', '0'), { ...mine, steer: { mask: { ...job.mask, nodes: [] } } });
  t.deepEqual(wish('4711/decay', 'iojob slowdecay'), { ...mine, steer: { hints: ['iojob', 'slowdecay'] } });
  t.deepEqual(wish('decay/fast', '4711'), { pid: 4711, uid: 0, steer: { hints: ['cpujob', 'fastdecay'] } });
  t.deepEqual(wish('decay/clear', '4711'), { pid: 4711, uid: 0, steer: { hints: [] } });
});

test('a word that cannot be is one error', (t) => {
  for (const [path, word] of [
    ['admin/block', '2'],
    ['admin/speed', 'fast'],
    ['admin/mospe', '1'],
    ['nodes/2/load', '1'],
    ['4712/lock', '1'],
    ['4711/where', '1'],
    ['4711/mignodes', 'nobody'],
    ['4711/mignodes', `${1n << 65_536n}`],
    ['4711/decay', 'never'],
    ['4711/goto', 'n'.repeat(300)],
    ['decay/slow', '1'],
    ['decay/slow', 'x'],
  ] as const)
    t.throws(() => hpcWish(path, word, facts), { code: 'PLUMP_USAGE' }, path);
  t.deepEqual(
    hpcFiles({ ...facts, jobs: [{ ...job, mask: NO_MASK }] }).find(({ path }) => path === '4711/mignodes')?.text,
    '0\n',
  );
});
