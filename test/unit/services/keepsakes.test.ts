import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { makeLog } from '#runtime/base/log.ts';
import { PlumpError } from '#runtime/base/errors.ts';
import type { NodeView } from '#runtime/model/member.ts';
import { SettingsFile } from '#runtime/services/home/job-settings.ts';
import { Keepsakes } from '#runtime/services/home/keepsakes.ts';
import { memberEntry } from '../../helpers/member-room.ts';
import { VirtualClock } from '../../helpers/virtual-clock.ts';

/** Machines that keep settings for one another; each may be booted again, and has then forgotten everything if it has no disk. */
class Room {
  readonly clock = new VirtualClock();
  readonly told: string[] = [];
  readonly #folder: string;
  readonly #machines = new Map<string, { settings: SettingsFile; keepsakes: Keepsakes; overlay: string }>();
  #boots = 0;

  constructor(t: ExecutionContext) {
    this.#folder = mkdtempSync(path.join(tmpdir(), 'keepsakes-'));
    t.teardown(() => rmSync(this.#folder, { recursive: true }));
  }

  boot(name: string): SettingsFile {
    this.off(name);
    const boot = `${++this.#boots}`;
    const stateFolder = path.join(this.#folder, `${name}-${name.startsWith('head') ? '' : boot}`);
    mkdirSync(stateFolder, { recursive: true });
    const overlay = `fd00::${boot}`;
    const settings = new SettingsFile(path.join(stateFolder, 'settings.json'), {});
    const keepsakes = new Keepsakes({
      settings,
      stateFolder,
      boot,
      members: () => this.#views(overlay),
      tell: async (member, own) => {
        const there = [...this.#machines.values()].find((one) => one.overlay === member);
        if (there === undefined) throw new PlumpError('PLUMP_UNREACHABLE', 'it is off');
        return there.keepsakes.exchange(overlay, own);
      },
      clock: this.clock,
      log: makeLog({ write: () => {}, wall: () => 0, level: 'error', readable: false }),
      events: {
        publish: (type: string, text: string) => {
          this.told.push(`${name} ${type}: ${text}`);
        },
      },
    });
    this.#machines.set(name, { settings, keepsakes, overlay });
    return settings;
  }

  off(name: string): void {
    this.#machines.get(name)?.keepsakes[Symbol.dispose]();
    this.#machines.delete(name);
  }

  #views(self: string): NodeView[] {
    return [...this.#machines].map(([name, { overlay }]) => {
      const kind = name.startsWith('head') ? 'head' : 'node';
      const mac = `52:54:00:00:00:0${name.at(-1)}`;
      const entry = memberEntry(0, { name, overlay, kind, macs: [mac] });
      return { ...entry, state: 'alive', addresses: [], self: overlay === self, silentMs: 0 };
    });
  }
}

test('what was set on a machine without a disk is there again after its next boot', async (t) => {
  const room = new Room(t);
  room.boot('head0');
  room.boot('n1').set({ block: true, speed: 900 });
  await room.clock.passGently(5000);
  const again = room.boot('n1');
  t.deepEqual(again.kept(), {});
  await room.clock.passGently(5000);
  t.deepEqual(again.kept(), { block: true, speed: 900 });
  t.deepEqual(room.told, ['n1 settings.back: settings of this machine came back from head0: block, speed']);
});

test('what was set before the others answered holds, and the newest of several is taken', async (t) => {
  const room = new Room(t);
  for (const name of ['head0', 'n2']) room.boot(name);
  const first = room.boot('n1');
  first.set({ block: true });
  await room.clock.passGently(5000);
  room.off('head0');
  first.set({ speed: 900, block: undefined });
  first.set({ stay: true });
  await room.clock.passGently(5000);
  room.boot('head0');
  const again = room.boot('n1');
  again.set({ speed: 500 });
  await room.clock.passGently(5000);
  t.deepEqual(again.kept(), { stay: true, speed: 500 });
  const third = room.boot('n1');
  await room.clock.passGently(5000);
  t.deepEqual(third.kept(), { stay: true, speed: 500 }, 'and all know it');
});

test('a head has a disk: what others kept of it does not matter', async (t) => {
  const room = new Room(t);
  room.boot('n1');
  room.boot('head0').set({ stay: true });
  await room.clock.passGently(5000);
  const again = room.boot('head0');
  await room.clock.passGently(5000);
  t.deepEqual(again.kept(), { stay: true });
  t.deepEqual(room.told, []);
});
