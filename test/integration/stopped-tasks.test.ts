import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { nativePrograms } from '../helpers/member-programs.ts';

const shim = path.join(await nativePrograms(), 'shim');
const folder = mkdtempSync(path.join(tmpdir(), 'plumpos-tasks-'));
test.after.always(() => rmSync(folder, { recursive: true }));

/** struct flock of bytes 5 to 14. */
const RANGE = 'pack("s s x4 q q i x4", F_WRLCK, 0, 5, 10, 0)';

/** Runs `shim` with words; what it printed, and its status. */
function run(words: readonly string[], input = ''): { lines: Record<string, unknown>[]; text: string; status: number } {
  try {
    const text = execFileSync(shim, words, { input, encoding: 'utf8' });
    return { lines: parse(text), text, status: 0 };
  } catch (error) {
    const { stdout, status } = error as { stdout: string; status: number };
    return { lines: parse(stdout), text: stdout, status };
  }
}

function parse(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Perl that does `work` with the lock files a and b in the folder. */
function perl(work: string): ChildProcess {
  const open = 'open(A, "+>>", "a"); open(B, "+>>", "b"); $| = 1;';
  const range = `$range = ${RANGE};`;
  return spawn('/usr/bin/perl', ['-MFcntl', '-e', `${open} ${range} ${work}`], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

/** Which of the two locks a stranger could take now. */
async function free(): Promise<string> {
  const child = perl(`print fcntl(A, F_SETLK, $range) ? "fcntl " : "", flock(B, 6) ? "flock" : "";`);
  const [output] = (await Promise.all([child.stdout?.setEncoding('utf8').toArray(), once(child, 'close')])) as [
    string[],
    unknown,
  ];
  return output.join('').trim();
}

const state = (pid: number) => /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];

test.serial('locks of a stopped program are listed, let go, and taken again', async (t) => {
  const holder = perl(
    `fcntl(A, F_SETLK, $range) && flock(B, 2) or die; while (1) { print ++$n, "\\n"; select(undef, undef, undef, 0.005) }`,
  );
  const pid = holder.pid ?? 0;
  let counted = '';
  holder.stdout?.setEncoding('utf8').on('data', (text: string) => (counted += text));
  await once(holder.stdout as NodeJS.ReadableStream, 'data');
  process.kill(pid, 'SIGSTOP');
  while (state(pid) !== 'T') await new Promise((done) => setTimeout(done, 5));

  const listed = run(['locks', `${pid}`]);
  const short = listed.lines.map((one) => [one['inside'], one['kind'], one['mode'], one['start'], one['end']]);
  t.deepEqual(short, [
    [pid, 'fcntl', 'write', 5, 14],
    [pid, 'flock', 'write', 0, -1],
  ]);
  t.is(await free(), '');
  t.deepEqual(run(['unlock', `${pid}`]), listed);
  t.is(await free(), 'fcntl flock');

  const stranger = perl(`fcntl(A, F_SETLK, $range) or die; print "mine\\n"; <STDIN>;`);
  await once(stranger.stdout as NodeJS.ReadableStream, 'data');
  const refused = run(['relock', `${pid}`], listed.text);
  t.deepEqual([refused.status, refused.lines.length, refused.lines[0]?.['kind']], [1, 1, 'fcntl']);
  t.regex(String(refused.lines[0]?.['error']), /unavailable/);
  stranger.stdin?.end();
  await once(stranger, 'close');
  t.is(run(['relock', `${pid}`], listed.text).status, 0);
  t.is(await free(), '');
  t.is(state(pid), 'T');

  process.kill(pid, 'SIGCONT');
  const before = counted.length;
  while (counted.length < before + 100) await new Promise((done) => setTimeout(done, 5));
  process.kill(pid, 'SIGKILL');
  const numbers = counted.trimEnd().split('\n').map(Number);
  t.deepEqual(
    numbers,
    numbers.map((_, i) => i + 1),
    'the program goes on as if nothing had been',
  );
});

test.serial('a TCP connection left in repair mode goes on', async (t) => {
  const server =
    'use IO::Socket::INET; $l = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1") or die; print $l->sockport, "\\n"; $c = $l->accept;';
  const repair =
    '<STDIN>; setsockopt($c, 6, 19, pack("i", 1)) or die $!; print "repair\\n"; <STDIN>; print $c "hello\\n"; $c->flush; <STDIN>;';
  const holder = perl(server + repair);
  const said = holder.stdout?.setEncoding('utf8') as NodeJS.ReadableStream;
  const [port] = (await once(said, 'data')) as [string];
  const peer = spawn('/usr/bin/perl', [
    '-MIO::Socket::INET',
    '-e',
    `$| = 1; $s = IO::Socket::INET->new("127.0.0.1:${port.trim()}"); print scalar <$s>`,
  ]);
  holder.stdin?.write('\n');
  await once(said, 'data');
  process.kill(holder.pid ?? 0, 'SIGSTOP');
  const { lines, status } = run(['unrepair', `${holder.pid}`]);
  t.deepEqual([status, lines.map((one) => one['unrepaired'])], [0, [true]]);
  process.kill(holder.pid ?? 0, 'SIGCONT');
  holder.stdin?.write('\n');
  t.is(`${(await once(peer.stdout, 'data'))[0]}`, 'hello\n');
  holder.kill('SIGKILL');
  peer.kill('SIGKILL');
});

test.serial('shim restore gives a program groups, mounts of its own and no way to more rights', (t) => {
  const root = path.join(folder, 'root');
  execFileSync('mkdir', ['-p', root]);
  const records = [`root=${root}`, 'group=7', 'group=9', 'mount=bind\t/\t/\tnosuid,nodev\t', 'netns=/proc/self/ns/net'];
  const script = `grep -E '^(Groups|NoNewPrivs):' /proc/self/status; grep -c ' ${root} .*nosuid,nodev' /proc/self/mountinfo; readlink /proc/self/fd/9; ls ${root}/etc/passwd`;
  const text = execFileSync(shim, ['restore', '--', 'sh', '-c', script], {
    input: records.map((one) => `${one}\0`).join(''),
    encoding: 'utf8',
  });
  t.regex(text, /^Groups:\t7 9 \nNoNewPrivs:\t1\n1\n.*\n.*\/etc\/passwd\n$/);
  t.notRegex(readFileSync('/proc/self/mountinfo', 'utf8'), new RegExp(root));
});
