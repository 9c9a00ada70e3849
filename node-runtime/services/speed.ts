import path from 'node:path';
import { messageOf } from '../base/errors.ts';
import type { Fields } from '../base/log.ts';
import { kindsOfCores, measuredSpeed } from '../core/balance/calibration.ts';
import { STANDARD_SPEED } from '../model/speed.ts';
import { decodeKeptSpeed, type KeptSpeed, type MeasuredSpeed, type SpeedView } from '../model/speed.ts';
import { calibrate } from '../system/calibrate.ts';
import { readCpus } from '../system/cpu-topology.ts';
import { bootId } from '../system/boot-id.ts';
import { keepState, readState } from '../system/state-file.ts';
import type { SettingsFile } from './home/job-settings.ts';

/** What the speed is made from. */
export interface SpeedDeps {
  /** Where what was measured is kept for the next agent. */
  readonly file: string;
  /** This boot of the machine. */
  readonly boot: string;
  /** What was set by hand. */
  readonly settings: Pick<SettingsFile, 'get' | 'set'>;
  measure(): Promise<MeasuredSpeed>;
  publish(event: string, text: string, fields?: Fields): void;
}

/** How fast one CPU of this machine is: measured once a boot, or set by hand. 10 000 = the reference. */
export class Speed {
  readonly #deps: SpeedDeps;
  #kept: KeptSpeed | undefined;
  #running: Promise<void> | undefined;
  #begun = false;

  constructor(deps: SpeedDeps) {
    this.#deps = deps;
    this.#kept = readKept(deps.file);
  }

  /** With all CPUs busy. The reference's until it was ever measured. */
  speed(): number {
    return this.#deps.settings.get().speed ?? this.#kept?.measured.speed ?? STANDARD_SPEED;
  }

  /** The speed once it was measured or set, or cannot be: who takes one for the reference that is none draws every job, or none. */
  known(): number | undefined {
    return this.#begun || this.#deps.settings.get().speed !== undefined ? this.speed() : undefined;
  }

  view(): SpeedView {
    const { speed: set } = this.#deps.settings.get();
    return {
      speed: this.speed(),
      ...(set === undefined ? {} : { set }),
      ...(this.#kept === undefined ? {} : { measured: this.#kept.measured }),
    };
  }

  /** Measures where that was not done since the machine was booted. Done when the speed is known, or never will be; does not throw. */
  async begin(): Promise<void> {
    try {
      if (this.#kept?.boot !== this.#deps.boot) await this.#measure();
    } catch (error) {
      this.#deps.publish('speed.unknown', `the speed of this machine is taken as ${this.speed()}: ${messageOf(error)}`);
    } finally {
      this.#begun = true;
    }
  }

  /** Measures anew; what was set by hand holds no longer. @throws PlumpError as {@link calibrate} */
  async tune(): Promise<SpeedView> {
    await this.#measure();
    this.#deps.settings.set({ speed: undefined });
    return this.view();
  }

  /** One at a time: two would measure each other. */
  #measure(): Promise<void> {
    this.#running ??= this.#take().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #take(): Promise<void> {
    const { file, boot, measure, publish } = this.#deps;
    const measured = await measure();
    this.#kept = { boot, measured };
    keepState(file, this.#kept);
    publish('speed.measured', `the speed of this machine is ${measured.speed}`, { ...measured });
  }
}

/** The speed of the machine this runs on. */
export function machineSpeed(
  stateFolder: string,
  settings: SpeedDeps['settings'],
  publish: SpeedDeps['publish'],
): Speed {
  return new Speed({
    file: path.join(stateFolder, 'speed.json'),
    boot: bootId(),
    settings,
    measure: measureMachine,
    publish,
  });
}

async function measureMachine(): Promise<MeasuredSpeed> {
  const kinds = kindsOfCores(readCpus());
  return measuredSpeed(kinds, await calibrate(kinds.map(({ cpus }) => cpus)));
}

/** A damaged file is as good as none: it is measured again. */
function readKept(file: string): KeptSpeed | undefined {
  try {
    return readState(file, decodeKeptSpeed);
  } catch {
    return undefined;
  }
}
