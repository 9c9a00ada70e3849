import type { Medium } from '../boot-request.ts';
import { type PerName, perName, share, wholeNumber } from '../room/per-name.ts';
import type { Wiring } from '../room/seats.ts';
import type { Firmware } from '../types.ts';

/** A room as `plumpos lab up` was told to make it; it travels to the process that will hold it. */
export interface LabSettings {
  /** Where its sockets will be. */
  readonly folder: string;
  readonly iso: string;
  /** Holds the join code for an image that has none. */
  readonly keyFile: string;
  readonly nodes: number;
  readonly heads: number;
  /** Heads stay ordinary PCs. */
  readonly noJoin: boolean;
  /** Further kernel arguments of the nodes. */
  readonly append: string;
  readonly wiring: Wiring;
  readonly firmware: Firmware;
  readonly medium: Medium;
  readonly kernel?: string | undefined;
  /** These four as typed: VALUE or NAME=VALUE. */
  readonly memory: readonly string[];
  readonly cpu: readonly string[];
  readonly cpus: readonly string[];
  readonly speed: readonly string[];
  /** File for every frame of the room. */
  readonly capture?: string | undefined;
  readonly lifeSeconds: number;
}

/** What may differ from machine to machine. */
export interface PerMachine {
  readonly memory: PerName<number>;
  readonly cpu: PerName<string>;
  readonly cpus: PerName<number>;
  readonly speed: PerName<number>;
}

/** Less does not even unpack the initrd. */
const LEAST_MB = 64;
/** Of QEMU's PC, as it is. */
const MOST_CPUS = 8;

/** @throws PlumpError PLUMP_USAGE for a value that is none. */
export function perMachine({
  memory,
  cpu,
  cpus,
  speed,
}: Pick<LabSettings, 'memory' | 'cpu' | 'cpus' | 'speed'>): PerMachine {
  return {
    memory: perName('memory', memory, wholeNumber(LEAST_MB)),
    cpu: perName('cpu', cpu, (text) => (text === '' ? undefined : text)),
    cpus: perName('cpus', cpus, wholeNumber(1, MOST_CPUS)),
    speed: perName('speed', speed, share),
  };
}
