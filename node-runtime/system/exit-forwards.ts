import { connect } from 'node:net';
import { json } from 'node:stream/consumers';
import { type Clock, sleep } from '../base/clock.ts';
import { PlumpError } from '../base/errors.ts';
import type { PublishedPort } from '../model/guest-ops.ts';

/** Address of the namespace's end of the way out: where slirp4netns hands connections to. */
const INNER_ADDRESS = '10.0.2.100';
const TRIES = 50;
const TRY_MS = 100;

interface Forward {
  readonly id: number;
  readonly host_addr: string;
  readonly host_port: number;
}

interface Entries {
  readonly entries?: readonly Forward[];
}

/** TCP ports of this machine that the way out (slirp4netns) listens on, by its control socket. */
export class ExitForwards {
  readonly #socket: string;
  readonly #clock: Clock;

  constructor(socket: string, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
  }

  /** @throws PlumpError PLUMP_REFUSED when the port is taken. */
  async add({ address = '0.0.0.0', port }: PublishedPort): Promise<void> {
    if ((await this.#list()).some((one) => one.host_port === port && one.host_addr === address)) return;
    const added = await this.#ask('add_hostfwd', {
      proto: 'tcp',
      host_addr: address,
      host_port: port,
      guest_addr: INNER_ADDRESS,
      guest_port: port,
    });
    if ('error' in added) throw new PlumpError('PLUMP_REFUSED', `port ${port} of home is taken`);
  }

  async remove({ port }: PublishedPort): Promise<void> {
    for (const { id, host_port } of await this.#list())
      if (host_port === port) await this.#ask('remove_hostfwd', { id });
  }

  async #list(): Promise<readonly Forward[]> {
    // Debian 12's gives the entries bare, where its manual has them in a `return`.
    const answer = (await this.#ask('list_hostfwd')) as Entries & { return?: Entries };
    const { entries } = answer.return ?? answer;
    if (!entries) throw new PlumpError('PLUMP_SYSTEM', "the way out of jobs' network does not tell its ports");
    return entries;
  }

  /** One question a connection. It may have been started a moment ago only. */
  async #ask(execute: string, args?: object): Promise<object> {
    for (let i = 0; ; i++) {
      try {
        const socket = connect(this.#socket);
        socket.end(JSON.stringify(args ? { execute, arguments: args } : { execute }));
        return (await json(socket)) as object;
      } catch (cause) {
        if (i === TRIES)
          throw new PlumpError('PLUMP_SYSTEM', "the way out of jobs' network does not answer", { cause });
        await sleep(this.#clock, TRY_MS);
      }
    }
  }
}
