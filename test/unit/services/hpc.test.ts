import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { systemClock } from '#runtime/base/clock.ts';
import { PlumpError } from '#runtime/base/errors.ts';
import type { HpcFacts } from '#runtime/core/hpc/hpc-files.ts';
import { NO_MASK } from '#runtime/model/job-mask.ts';
import { Hpc } from '#runtime/services/hpc/hpc.ts';

const UID = process.getuid?.() ?? 0;
const job = {
  pid: 4711,
  uid: UID,
  where: 0,
  goingTo: undefined,
  moves: 0,
  locked: false,
  mask: NO_MASK,
  hints: [],
  cantmove: [],
};

/** The files in a folder of its own, and what they made be done. */
class Files {
  readonly folder = path.join(mkdtempSync(path.join(tmpdir(), 'hpc-')), 'hpc');
  readonly done: unknown[] = [];
  readonly events: string[] = [];
  settings = { block: false, decaySeconds: 1, slowDecay: 938, fastDecay: 250, yard: 10_000 };
  jobs = [job];
  joined = true;
  readonly hpc: Hpc;

  constructor(t: ExecutionContext) {
    const sweep = (what: string) => async () => {
      this.done.push(what);
      return { moved: 2, stayed: [{ id: '1', pid: 9, command: 'awk', reason: 'cantmove: io_uring' }] };
    };
    this.hpc = new Hpc({
      folder: this.folder,
      open: () => writeFolder(this.folder),
      close: () => rmSync(this.folder, { recursive: true }),
      facts: () => (this.joined ? this.#facts() : undefined),
      doings: {
        change: (patch) => Object.assign(this.settings, patch),
        expel: sweep('expel'),
        bring: sweep('bring'),
        migrate: async (uid, pid, to) => {
          this.done.push({ uid, pid, to });
          if (to === 'n9') throw new PlumpError('PLUMP_USAGE', "no member is called 'n9'", { hint: 'look' });
        },
        steerTo: async (uid, pid, change) => void this.done.push({ uid, pid, ...change }),
      },
      publish: (type, text) => void this.events.push(`${type}: ${text}`),
      clock: systemClock(),
    });
    t.teardown(() => {
      this.hpc[Symbol.dispose]();
      rmSync(path.dirname(this.folder), { recursive: true });
    });
  }

  #facts(): HpcFacts {
    return { settings: this.settings, speed: 10_000, version: '7', nodes: [], jobs: this.jobs, guests: [] };
  }

  at(name: string): string {
    return path.join(this.folder, name);
  }

  text(name: string): string | undefined {
    return existsSync(this.at(name)) ? readFileSync(this.at(name), 'utf8') : undefined;
  }

  /** Waits until it is so. */
  async until(t: ExecutionContext, what: string, isSo: () => boolean): Promise<void> {
    for (let i = 0; i < 500 && !isSo(); i++) await wait(20);
    t.true(isSo(), `${what}: ${JSON.stringify([this.done, this.events])}`);
  }
}

/** As an agent that was killed left it. */
function writeFolder(folder: string): void {
  mkdirSync(path.join(folder, '99'), { recursive: true });
}

test('the files are there, kept current, with the modes that keep everybody to his own, and go when the member leaves', async (t) => {
  const files = new Files(t);
  await files.until(t, 'they come', () => files.text('4711/lock') !== undefined);
  t.deepEqual(readdirSync(files.folder).toSorted(), ['4711', 'admin', 'decay']);
  t.is(statSync(files.at('4711')).mode & 0o7777, 0o755);
  t.is(statSync(files.at('4711/lock')).mode & 0o7777, 0o644);
  t.is(statSync(files.at('4711/lock')).uid, UID);
  t.is(statSync(files.at('4711/where')).mode & 0o7777, 0o444);
  const before = statSync(files.at('4711/nmigs')).mtimeMs;
  files.jobs = [{ ...job, where: 258 }];
  await files.until(t, 'a value changes', () => files.text('4711/where') === '258\n');
  t.is(statSync(files.at('4711/nmigs')).mtimeMs, before, 'what has not changed is not written');
  files.jobs = [];
  await files.until(t, 'a job ends', () => !existsSync(files.at('4711')));
  files.joined = false;
  await files.until(t, 'the member leaves', () => !existsSync(files.folder));
  files.joined = true;
  await files.until(t, 'it is back', () => files.text('admin/block') === '0\n');
});

test('what is written is done at once, as by the commands', async (t) => {
  const files = new Files(t);
  await files.until(t, 'they come', () => files.text('4711/lock') !== undefined);
  writeFileSync(files.at('admin/block'), '1\n');
  await files.until(t, 'block', () => files.settings.block);
  writeFileSync(files.at('admin/bring'), '1');
  await files.until(t, 'bring', () => files.done.includes('bring'));
  await files.until(t, 'it is told', () =>
    files.events.some((one) => one.includes('admin/bring: 2 moved; 9 awk stays: cantmove: io_uring')),
  );
  await files.until(t, 'it shows what is', () => files.text('admin/bring') === '0\n');
  writeFileSync(files.at('4711/goto'), '258\n');
  await files.until(t, 'goto', () => JSON.stringify(files.done).includes('"to":"258"'));
  t.deepEqual(files.done.at(-1), { uid: UID, pid: 4711, to: '258' });
  await files.until(t, 'it is empty again', () => files.text('4711/goto') === '');
  writeFileSync(files.at('4711/lock'), '1\n');
  await files.until(t, 'lock', () => JSON.stringify(files.done).includes('"locked":true'));
  t.deepEqual(
    files.events.filter((one) => one.startsWith('hpc.refused')),
    [],
  );
});

test('what is refused is put back and told, once a second at most', async (t) => {
  const files = new Files(t);
  await files.until(t, 'they come', () => files.text('4711/lock') !== undefined);
  writeFileSync(files.at('admin/block'), 'per\u001b[2Jhaps\n');
  await files.until(t, 'it is told', () =>
    files.events.includes(`hpc.refused: ${files.at('admin/block')}: 'per [2Jhaps' is neither 0 nor 1`),
  );
  await files.until(t, 'it is put back', () => files.text('admin/block') === '0\n');
  t.false(files.settings.block);
  writeFileSync(files.at('4711/goto'), 'n9\n');
  await files.until(t, 'a refused move is told', () =>
    files.events.some((one) => one.endsWith("goto: no member is called 'n9' (look)")),
  );
  writeFileSync(files.at('4711/lock'), 'x'.repeat(100_000));
  await files.until(t, 'too long is nothing', () => files.text('4711/lock') === '0\n');
  writeFileSync(files.at('admin/stay'), '');
  await files.until(t, 'emptied it is filled again', () => files.text('admin/stay') === '0\n');
  rmSync(files.at('admin'), { recursive: true });
  await files.until(
    t,
    'deleted it comes again',
    () => files.text('admin/stay') === '0\n' && files.text('admin/speed') === '10000\n',
  );
  for (let i = 0; i < 20; i++) {
    appendFileSync(files.at('decay/slow'), `${i}\n`);
    await wait(30);
  }
  await files.until(t, 'it is put back', () => files.text('decay/slow') === '0\n');
  const told = files.events.filter((one) => one.includes('decay/slow'));
  t.true(told.length >= 1 && told.length < 10, told.join('\n'));
  if (UID !== 0) return;
  appendFileSync(files.at('4711/where'), '7\n');
  await files.until(t, "root's scribbling goes", () => files.text('4711/where') === '0\n');
});
