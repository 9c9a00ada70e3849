import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Clock, sleep } from '../base/clock.ts';
import { PlumpError } from '../base/errors.ts';
import { ownMemory } from './cgroup-memory.ts';

/** Bounds of what a guest may use. */
export interface CgroupLimits {
  readonly memoryBytes?: number;
  /** Hundredths of a CPU. */
  readonly cpuPercent?: number;
  readonly tasks?: number;
}

const CPU_PERIOD_US = 100_000;
const LOOK_MS = 20;

/** The cgroup of one guest. All of its processes are in it, and nobody else's: killing it kills the guest. */
export class GuestCgroup {
  readonly folder: string;

  constructor(parent: string, name: string) {
    this.folder = `${parent}/${name}`;
  }

  get exists(): boolean {
    return existsSync(this.folder);
  }

  make(limits: CgroupLimits): void {
    mkdirSync(this.folder, { recursive: true });
    const { memoryBytes, cpuPercent, tasks } = limits;
    if (memoryBytes !== undefined) this.#limit('memory.max', String(memoryBytes));
    if (tasks !== undefined) this.#limit('pids.max', String(tasks));
    if (cpuPercent !== undefined) this.#limit('cpu.max', `${cpuPercent * (CPU_PERIOD_US / 100)} ${CPU_PERIOD_US}`);
  }

  /** Host pids of all its processes. */
  pids(): number[] {
    return this.#read('cgroup.procs').split('\n').filter(Boolean).map(Number);
  }

  get populated(): boolean {
    return /^populated 1$/m.test(this.#read('cgroup.events'));
  }

  /** Host ids of all its threads. */
  threads(): number[] {
    return this.#read('cgroup.threads').split('\n').filter(Boolean).map(Number);
  }

  /** Without the files it has read or written: see {@link ownMemory}. */
  get memoryBytes(): number {
    return ownMemory(this.#read('memory.stat'), this.#read('memory.swap.current'));
  }

  /** Of its memory: in System V shared memory, memory files and /dev/shm. */
  get sharedBytes(): number {
    return this.#number('memory.stat', 'shmem');
  }

  get cpuMs(): number {
    return Math.round(this.#number('cpu.stat', 'usage_usec') / 1000);
  }

  /** Time in which at least one of its tasks waited for a CPU (ms); 0 where the kernel does not tell. */
  get waitedMs(): number {
    return Number(/^some .*total=(\d+)$/m.exec(this.#read('cpu.pressure'))?.[1] ?? 0) / 1000;
  }

  /** Processes the kernel killed because memory ran out. */
  get outOfMemory(): number {
    return this.#number('memory.events', 'oom_kill');
  }

  /** Kills everything in it, without waiting. */
  killNow(): void {
    if (this.exists) this.#write('cgroup.kill', '1');
  }

  /**
   * Kills everything in it, and waits until nothing is left.
   * @throws PlumpError PLUMP_TIMEOUT when tasks do not die: they wait for home's files, which home must answer or refuse.
   */
  async kill(clock: Clock, timeoutMs: number): Promise<void> {
    if (!this.exists) return;
    const limit = clock.now() + timeoutMs;
    this.killNow();
    while (this.populated) {
      if (clock.now() > limit)
        throw new PlumpError('PLUMP_TIMEOUT', `${this.pids().length} tasks in ${this.folder} do not die`);
      await sleep(clock, LOOK_MS);
    }
  }

  remove(): void {
    if (this.exists) rmdirSync(this.folder);
  }

  #number(file: string, name: string): number {
    return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(this.#read(file))?.[1] ?? 0);
  }

  #read(file: string): string {
    try {
      return readFileSync(`${this.folder}/${file}`, 'latin1');
    } catch {
      // Gone meanwhile, or a controller this machine has not.
      return '';
    }
  }

  #limit(file: string, value: string): void {
    if (existsSync(`${this.folder}/${file}`)) this.#write(file, value);
  }

  #write(file: string, value: string): void {
    try {
      writeFileSync(`${this.folder}/${file}`, value);
    } catch (cause) {
      throw new PlumpError('PLUMP_SYSTEM', `${this.folder}/${file} does not take '${value}'`, { cause });
    }
  }
}

/** The folder all guests' cgroups are in, with what can be limited in them. */
export function prepareGuestsCgroup(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const one of [path.dirname(folder), folder])
    for (const controller of ['cpu', 'memory', 'pids']) {
      try {
        writeFileSync(`${one}/cgroup.subtree_control`, `+${controller}`);
      } catch {
        // A machine that gave us no such controller: guests are not limited in it.
      }
    }
}

/** Nothing of it stays behind, unless a guest does. */
export function removeGuestsCgroup(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Not empty, or not there.
  }
}
