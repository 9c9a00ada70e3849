import { readFileSync } from 'node:fs';
import path from 'node:path';
import { LabUnderTest } from '../helpers/lab.ts';

const fixtures = path.resolve(import.meta.dirname, '../fixtures/bench');
/** Of the machines that have others' jobs: those and their images must fit. */
const HOST_MB = 2048;

/** How a room is unlike one in which single jobs are measured. */
export interface HeadsOptions {
  /** Of a head that has others' jobs. */
  readonly hostMB?: number;
  /** The balancer moves jobs; elsewhere they are moved by hand only. */
  readonly balanced?: boolean;
  /** More words of `lab up`. */
  readonly up?: readonly string[];
}

/** Head K of a room: its name, and its address on the network. */
export interface Head {
  readonly name: string;
  readonly address: string;
}

/**
 * A room of ordinary PCs that joined, all but the first taking guests: on them the same can be done with other tools, too.
 * PLUMPOS_LAB names one that is up already and stays up.
 */
export class HeadsRoom implements AsyncDisposable {
  readonly lab: LabUnderTest;
  readonly home: Head;
  readonly hosts: readonly Head[];

  private constructor(lab: LabUnderTest, count: number) {
    const heads = Array.from({ length: count }, (_, k): Head => {
      return { name: k === 0 ? 'head' : `head${k + 1}`, address: `10.77.0.${201 + k}` };
    });
    this.lab = lab;
    this.home = heads[0] as Head;
    this.hosts = heads.slice(1);
  }

  static async open(heads: number, options: HeadsOptions = {}): Promise<HeadsRoom> {
    const { hostMB = HOST_MB, balanced = false, up = [] } = options;
    const lab = new LabUnderTest(process.env['PLUMPOS_LAB']);
    const room = new HeadsRoom(lab, heads);
    try {
      const memory = room.hosts.flatMap(({ name }) => ['--memory', `${name}=${hostMB}`]);
      if (!lab.kept) await lab.up('0', `--head=${heads}`, ...memory, ...up);
      await lab.ok('exec', room.home.name, '--', 'plumpos', 'ctl', balanced ? 'nostay' : 'stay');
      for (const { name } of room.hosts) await lab.ok('exec', name, '--', 'plumpos', 'ctl', 'noblock');
      return room;
    } catch (error) {
      await room[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Lays fixtures into alice's folder `bench` on a head. */
  async lay({ name }: Head, files: readonly string[]): Promise<void> {
    await this.as(name, 'mkdir -p bench');
    for (const file of files) await this.write(name, `bench/${file}`, readFileSync(path.join(fixtures, file)));
  }

  async write(name: string, file: string, content: Uint8Array): Promise<void> {
    const words = ['exec', name, '--', 'su', 'alice', '-s', '/bin/sh', '-c', `cd; umask 077; cat >${file}`];
    const { status, stderr } = await this.lab.run(words, content);
    if (status !== 0) throw new Error(`${file} on ${name}: ${stderr}`);
  }

  /** alice of the home may log in as alice of the hosts. */
  async letIn(): Promise<void> {
    const { home } = this;
    const make = 'mkdir -p -m 700 .ssh; [ -e .ssh/id_ed25519 ] || ssh-keygen -q -t ed25519 -N "" -f .ssh/id_ed25519';
    await this.as(home.name, make);
    const key = await this.as(home.name, 'cat .ssh/id_ed25519.pub');
    for (const { name } of this.hosts) {
      await this.as(name, 'mkdir -p -m 700 .ssh');
      await this.write(name, '.ssh/authorized_keys', Buffer.from(key));
    }
    const addresses = this.hosts.map(({ address }) => address).join(' ');
    await this.as(home.name, `ssh-keyscan -T 60 ${addresses} >.ssh/known_hosts`);
  }

  /** Runs a script as alice. */
  async as(name: string, script: string): Promise<string> {
    const { status, stdout, stderr } = await this.lab.as(name, 'alice', script);
    if (status !== 0) throw new Error(`${script} on ${name} ended with ${status}: ${stderr}${stdout}`);
    return stdout;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.lab[Symbol.asyncDispose]();
  }
}
