import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import {
  CHANNELS,
  encodeHello,
  encodeJobFrame,
  type JobFrame,
  JobFrameReader,
  readOffsets,
} from '#runtime/network/job-stream/frame.ts';
import { JobRoom } from '../helpers/job-room.ts';

// Not before it is known that a test of this file is wanted: whoever asks for one of another file would wait for this.
let room: JobRoom;
test.before(async () => {
  room = await JobRoom.open({ sanitized: true });
});
test.after.always(() => room[Symbol.asyncDispose]());

const lastJob = () => room.jobs.at(-1) ?? '';

test.serial('a program runs as if it had been started directly: stdin, output, errors, status', async (t) => {
  const { status, stdout, stderr } = await room.sh("plumpos run sh -c 'cat; echo oops >&2; exit 7'", {
    input: 'hello\n',
  });
  t.deepEqual([status, `${stdout}`, stderr], [7, 'hello\n', 'plumpos run: started\noops\n']);
  t.is(room.ended.get(lastJob()), 7 << 8);
});

test.serial('it has the user, folder, limits, environment, pid and host name it would have had', async (t) => {
  const lines = [
    'id -u; id -g; pwd; umask; ulimit -n; ulimit -Hn; nice; echo "$WORD|$PLUMPOS_DEPUTY"; hostname; echo $$',
    'grep -E "^(NoNewPrivs|CapBnd|CapEff)" /proc/self/status',
    'trap',
  ];
  const before = 'ulimit -Sn 77; umask 27; cd /usr/share; export WORD="two words"';
  const { stdout, stderr, status } = await room.sh(
    `${before}; exec nice -n 3 plumpos run --on n2 -- sh -c '${lines.join('; ')}'`,
    { uid: 1234 },
  );
  t.is(status, 0, stderr);
  const [uid, gid, cwd, umask, files, most, nice, word, host, pid, ...rights] = `${stdout}`.trimEnd().split('\n');
  t.deepEqual(
    [uid, gid, cwd, umask, files, nice, word, host],
    ['1234', '1234', '/usr/share', '0027', '77', `${os.getPriority() + 3}`, 'two words|', 'somewhere'],
  );
  t.true(Number(most) >= 77);
  t.deepEqual(rights, ['CapEff:\t0000000000000000', 'CapBnd:\t0000000000000000', 'NoNewPrivs:\t1']);
  const request = room.requests.findLast((one) => one.get('verb')?.[0] === 'run');
  t.deepEqual(request?.get('on'), ['n2']);
  t.true(Number(pid) > 1);
});

test.serial(
  'a missing program ends with 127, one that may not be run with 126, a signal with its number',
  async (t) => {
    const plain = path.join(room.folder, 'plain');
    writeFileSync(plain, 'no program\n');
    const missing = await room.sh('plumpos run no-such-program');
    t.deepEqual([missing.status, missing.stderr], [127, 'plumpos run: no-such-program: No such file or directory\n']);
    t.is((await room.sh(`plumpos run ${plain}`)).status, 126);
    t.is((await room.sh("plumpos run sh -c 'kill -9 $$'; echo $?")).stdout.toString(), '137\n');
    t.is((await room.sh("exec plumpos run sh -c 'kill -TERM $$'")).status, 'SIGTERM');
  },
);

test.serial('inside a job run and sh start their program right there: a make within a make', async (t) => {
  const before = room.jobs.length;
  const command =
    'plumpos sh -c \'echo $$; plumpos sh -c "hostname; exit 4"; echo $?; plumpos run no-such-program; echo $?\'';
  const { stdout } = await room.sh(command);
  t.deepEqual(`${stdout}`.trim().split('\n').slice(1), ['somewhere', '4', '127']);
  t.is(room.jobs.length, before + 1);
});

/** A client of a shim's socket: what a deputy is, in a few lines. */
class Client {
  readonly frames: JobFrame[] = [];
  readonly socket: Socket;
  readonly closed: Promise<unknown>;
  readonly #reader = new JobFrameReader();

  constructor(socket: string) {
    this.socket = connect(socket);
    this.closed = once(this.socket, 'close');
    this.socket
      .on('error', () => {})
      .on('data', (piece: Buffer) => {
        this.frames.push(...this.#reader.feed(piece));
        this.socket.emit('frame');
      });
  }

  /** The first frame that fits, once it is there. */
  async frame(fits: (frame: JobFrame) => boolean): Promise<JobFrame> {
    for (;;) {
      const found = this.frames.find(fits);
      if (found) return found;
      await once(this.socket, 'frame');
    }
  }

  say(...frame: Parameters<typeof encodeJobFrame>): void {
    this.socket.write(encodeJobFrame(...frame));
  }
}

test.serial('frames of the TypeScript side and of the shim are the same, over a broken connection too', async (t) => {
  const program = ['sh', '-c', 'read x; echo "got $x"; read y; echo "and $y" >&2; exit 3'];
  const records = ['pid=4711', 'uid=0', 'gid=0', 'fd=0:pipe', 'fd=1:pipe', 'fd=2:pipe', 'env=PATH=/usr/bin:/bin'];
  const { id, line } = await room.launch([...records, ...program.map((word) => `arg=${word}`)]);
  t.regex(line, /^started \d+$/);

  const first = new Client(room.shimSocket(id));
  first.socket.write(encodeHello([0, 0, 0]));
  t.deepEqual(readOffsets((await first.frame((one) => one.type === 'hello')).payload), [0, 0, 0]);
  first.say('data', { arg: CHANNELS.in, payload: Buffer.from('one\ntw') });
  t.is(`${(await first.frame((one) => one.type === 'data')).payload}`, 'got one\n');
  await room.quiet(id);
  await first.closed;

  const second = new Client(room.shimSocket(id));
  second.socket.write(encodeHello([4, 0, 0]));
  t.deepEqual(readOffsets((await second.frame((one) => one.type === 'hello')).payload), [6, 0, 0]);
  t.deepEqual(await second.frame((one) => one.type === 'data'), {
    type: 'data',
    arg: CHANNELS.out,
    offset: 4,
    payload: Buffer.from('one\n'),
  });
  second.say('data', { arg: CHANNELS.in, offset: 4, payload: Buffer.from('two\n') });
  const error = await second.frame((one) => one.type === 'data' && one.arg === CHANNELS.err);
  t.is(`${error.payload}`, 'and two\n');
  const exit = await second.frame((one) => one.type === 'exited');
  t.deepEqual([exit.offset, readOffsets(exit.payload)], [3 << 8, [-1, -1, -1]]);
  second.say('bye');
  await second.closed;
});

test.serial('no program did what ASan or UBSan forbid', (t) => {
  t.deepEqual(room.found, []);
});
