import { readFileSync, rmSync } from 'node:fs';
import { messageOf, PlumpError } from '../base/errors.ts';
import { claimNumber, NO_NUMBER, type NumberClaim } from '../core/membership/numbers.ts';
import { mapNumbers, parseMap } from '../model/cluster-map.ts';
import { replaceFile } from '../system/replace-file.ts';

/** Where it is kept: the map until it is taken back, the number until reboot. */
interface NumberFiles {
  readonly map: string;
  readonly number: string;
}

/** The number this member goes by, and the map file that may fix it: both outlive the agent. */
export class OwnNumber {
  readonly #files: NumberFiles;
  readonly #addresses: () => readonly string[];
  #map: ReadonlyMap<string, number> = new Map();
  #claim: NumberClaim;
  /** Why the kept map cannot be used. */
  readonly problem: string | undefined;

  /** @param addresses those of our NICs now */
  constructor(files: NumberFiles, addresses: () => readonly string[]) {
    this.#files = files;
    this.#addresses = addresses;
    this.#claim = readClaim(files.number);
    try {
      this.#map = mapNumbers(parseMap(readFileSync(files.map, 'utf8')));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.problem = messageOf(error);
    }
  }

  /** Addresses the map lists, this member's own among them. */
  get listed(): readonly string[] {
    return [...this.#map.keys()];
  }

  /** What it claims now. `held`: what it came to go by since, because another member had the number. */
  claim(held?: number): NumberClaim {
    const before = this.#claim;
    const now = held === undefined || before.by === 'nothing' ? before : { ...before, number: held };
    this.#keep(claimNumber(now, this.#addresses(), this.#map));
    return this.#claim;
  }

  /** Takes a map. @throws PlumpError PLUMP_CONFIG when it is none, or has none of this member's addresses */
  set(text: string): void {
    const map = mapNumbers(parseMap(text));
    const own = this.#addresses();
    if (!own.some((address) => map.has(address)))
      throw new PlumpError(
        'PLUMP_CONFIG',
        `the map is well-formatted, but my address (${own.join(', ') || 'none yet'}) is not there`,
        {
          hint: "'plumpos nodes' shows the addresses of the members",
        },
      );
    replaceFile(this.#files.map, text);
    this.#map = map;
  }

  /** Goes back to a number of its own making. */
  clear(): void {
    rmSync(this.#files.map, { force: true });
    this.#map = new Map();
    this.#keep(NO_NUMBER);
  }

  #keep(claim: NumberClaim): void {
    const { number, by } = this.#claim;
    this.#claim = claim;
    if (number !== claim.number || by !== claim.by) replaceFile(this.#files.number, JSON.stringify(claim));
  }
}

function readClaim(file: string): NumberClaim {
  try {
    const { number, by } = JSON.parse(readFileSync(file, 'utf8')) as Partial<NumberClaim>;
    const known = by === 'link-local' || by === 'address' || by === 'map';
    return known && Number.isInteger(number) ? { number: Number(number), by } : NO_NUMBER;
  } catch {
    // None was claimed since boot.
    return NO_NUMBER;
  }
}
