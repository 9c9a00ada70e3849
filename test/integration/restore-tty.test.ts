import path from 'node:path';
import test from 'ava';
import { openTools } from '#builder/host/open-tools.ts';
import { nativePrograms } from '../helpers/member-programs.ts';

test("what stands before CRIU's calls has the names by which CRIU calls them", async (t) => {
  const tools = await openTools('image', { env: process.env, notice: () => {} });
  const library = path.join(await nativePrograms(), 'restore-tty.so');
  const { stdout } = await tools.run('nm', ['-D', '--defined-only', library]);
  const names = stdout.split('\n').flatMap((line) => / T (\w+)$/.exec(line)?.[1] ?? []);
  t.deepEqual(names.toSorted(), ['ioctl', 'openat64', 'socket']);
});
