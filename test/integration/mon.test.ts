import test from 'ava';
import type { NodeView } from '#runtime/model/member.ts';
import { HomeRoom } from '../helpers/home-room.ts';

let room: HomeRoom;
test.before(async () => {
  room = await HomeRoom.open();
});
test.after.always(() => room[Symbol.asyncDispose]());

async function say(command: string): Promise<[number | string, string]> {
  const { status, stdout, stderr } = await room.sh(command);
  return [status, `${stdout}${stderr}`];
}

/** How it is ended once the picture is there: by what is typed, or by a signal to the process of this number. */
const ENDS: Readonly<Record<string, (type: (keys: string) => void, pid: number) => unknown>> = {
  q: (type) => type('q'),
  'Ctrl-C': (type) => type('\u0003'),
  'a signal': (_type, pid) => process.kill(pid, 'SIGTERM'),
};

for (const [name, end] of Object.entries(ENDS))
  test.serial(`the picture obeys keys, and leaves the terminal as it was: ${name}`, async (t) => {
    const picture = String.raw`sh -c "echo pid \$\$; exec plumpos mon"`;
    const child = room.start(`script -qefc 'stty rows 12 cols 60; ${picture}; echo left $?; stty -a' /dev/null`);
    let said = '';
    child.stdout?.on('data', (bytes: Buffer) => (said += bytes.toString()));
    const until = async (text: string) => {
      while (!said.includes(text)) {
        if (child.exitCode !== null) throw new Error(`no ${text} in ${said}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    const type = (keys: string) => void child.stdin?.write(keys);
    await until('\u001b[KLoad (100');
    type('m');
    await until('\u001b[KMemory used');
    type('s');
    await until('\u001b[KSpeed of a CPU');
    end(type, Number(/pid (\d+)/.exec(said)?.[1]));
    await until(' echoe');
    t.true(said.includes('\u001b[?25h\u001b[?1049lleft 0\r\n'), said);
    t.regex(said, /^isig icanon .* echo /m);
    child.stdin?.end();
  });

test.serial(
  'where there is no terminal it is one picture; with --json a line each second until it is stopped',
  async (t) => {
    const [status, once] = await say('plumpos mon');
    t.is(status, 0, once);
    t.regex(once, /^Load \(100: one job per standard CPU\) +1 member\nhere \* /);
    const [, old] = await say('plumpos mosmon -v -d -u +1');
    t.regex(old, /^CPU time wanted /);
    t.is((await say('plumpos mon -l -m'))[0], 2);
    const [, lines] = await say('plumpos mon --json | head -n 2');
    const all = lines
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { nodes: NodeView[]; moves: unknown[] });
    t.deepEqual(
      all.map(({ nodes, moves }) => [nodes[0]?.name, moves]),
      [
        ['here', []],
        ['here', []],
      ],
    );
  },
);

test.serial('mosctl tells of a member by name, number and address, and says what is wrong', async (t) => {
  t.deepEqual(await say('plumpos ctl isup here'), [0, 'yes\n']);
  t.regex((await say('plumpos ctl whois 1')).join(' '), /^0 0x0001 here$/m);
  t.regex((await say('plumpos ctl status')).join(' '), /^0 here: up/);
  t.regex((await say('plumpos ctl isup nobody')).join(' '), /^2 .*no member is called 'nobody'/);
  t.regex((await say('plumpos ctl getload here more')).join(' '), /^2 .*'more' is one word too many/);
  // The agent of this room has no balancer.
  t.regex((await say('plumpos ctl getload')).join(' '), /^1 .*here does not tell/);
});
