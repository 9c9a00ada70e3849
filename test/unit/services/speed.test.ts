import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { PlumpError } from '#runtime/base/errors.ts';
import type { MeasuredSpeed } from '#runtime/model/speed.ts';
import { SettingsFile } from '#runtime/services/home/job-settings.ts';
import { Speed } from '#runtime/services/speed.ts';
import { folderWith } from '../../helpers/folder-with.ts';

const measured = (speed: number): MeasuredSpeed => ({ speed, integer: speed, float: speed, alone: speed });

/** A machine whose agent may be started again, and which may be booted again. */
class Machine {
  readonly folder: string;
  readonly events: string[] = [];
  boot = 'first';
  /** What would be measured; undefined: it fails. */
  real: number | undefined = 7000;
  measurements = 0;

  constructor(t: ExecutionContext) {
    this.folder = folderWith(t, []);
  }

  agent(): Speed {
    const settings = new SettingsFile(path.join(this.folder, 'settings.json'), {});
    const file = path.join(this.folder, 'speed.json');
    const measure = async () => {
      this.measurements++;
      if (this.real === undefined) throw new PlumpError('PLUMP_BUSY', 'too busy');
      return measured(this.real);
    };
    return new Speed({ file, boot: this.boot, settings, measure, publish: (type) => this.events.push(type) });
  }

  setByHand(speed: number): void {
    new SettingsFile(path.join(this.folder, 'settings.json'), {}).set({ speed });
  }
}

test('a machine is taken for the reference until it was measured', async (t) => {
  const machine = new Machine(t);
  const speed = machine.agent();
  t.deepEqual(speed.view(), { speed: 10_000 });
  t.is(speed.known(), undefined, 'the balancer does not start on a guess');
  await speed.begin();
  t.is(speed.known(), 7000);
  t.deepEqual(speed.view(), { speed: 7000, measured: measured(7000) });
  t.deepEqual(machine.events, ['speed.measured']);
});

test('the next agent knows the speed; after a boot it is measured anew, and the old one holds until then', async (t) => {
  const machine = new Machine(t);
  await machine.agent().begin();
  const next = machine.agent();
  await next.begin();
  t.is(next.speed(), 7000);
  t.is(machine.measurements, 1);
  Object.assign(machine, { boot: 'second', real: 6000 });
  const booted = machine.agent();
  t.is(booted.speed(), 7000);
  await booted.begin();
  t.is(booted.speed(), 6000);
});

test('what was set by hand holds whatever is measured, until somebody tunes', async (t) => {
  const machine = new Machine(t);
  machine.setByHand(1234);
  const speed = machine.agent();
  await speed.begin();
  t.like(speed.view(), { speed: 1234, set: 1234, measured: measured(7000) });
  t.deepEqual(await speed.tune(), { speed: 7000, measured: measured(7000) });
  t.is(machine.agent().speed(), 7000);
});

test('a machine that cannot be measured is told of and goes on; whoever asks for it is told why', async (t) => {
  const machine = new Machine(t);
  machine.real = undefined;
  const speed = machine.agent();
  await speed.begin();
  t.is(speed.speed(), 10_000);
  t.deepEqual(machine.events, ['speed.unknown']);
  machine.setByHand(1234);
  await t.throwsAsync(machine.agent().tune(), { code: 'PLUMP_BUSY' });
  t.is(machine.agent().speed(), 1234);
});

test('two who measure at a time are one measurement, and a damaged file is none', async (t) => {
  const machine = new Machine(t);
  writeFileSync(path.join(machine.folder, 'speed.json'), '{"boot":"first","measured":{"speed":0}}');
  const speed = machine.agent();
  await Promise.all([speed.begin(), speed.tune()]);
  t.is(machine.measurements, 1);
  t.is(speed.speed(), 7000);
});
