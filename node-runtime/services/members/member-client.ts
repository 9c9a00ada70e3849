import { Agent, request } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ERROR_CODES, type ErrorCode, messageOf, PlumpError } from '../../base/errors.ts';
import type { HomeOps, HostOps, SendImages } from '../../model/guest-ops.ts';
import type { MemberLoad } from '../../model/guest.ts';
import { KEEP_CALL, type Keepsake } from '../../model/keepsake.ts';
import { callPath, HOME_CALLS, HOST_CALLS, IMAGES_PATH, LOAD_CALL, type MemberCall } from '../../model/member-api.ts';
import { PORTS } from '../../model/ports.ts';

/** How other members are reached. */
export interface MemberClientDeps {
  connectTcp(address: string, port: number): Socket;
  /** What users call the member at an overlay address. */
  nameOf(member: string): string;
}

const MOST_ANSWER = 16 * 2 ** 20;
const MOST_SOCKETS = 32;
/** A member that does not answer so often in a row while it works for us has gone. */
const PING_MS = 7000;
const MOST_MISSED = 2;
/** Images that do not get on for so long never arrive. */
const STALLED_MS = 20_000;

/** The other members' API, each operation a request over the overlay. */
export class MemberClient implements Disposable {
  readonly #deps: MemberClientDeps;
  readonly #agents = new Map<string, Agent>();

  constructor(deps: MemberClientDeps) {
    this.#deps = deps;
  }

  host(member: string): HostOps {
    return this.#twin<HostOps>(member, HOST_CALLS);
  }

  home(member: string): HomeOps {
    return this.#twin<HomeOps>(member, HOME_CALLS);
  }

  async load(member: string): Promise<MemberLoad> {
    return (await this.#call(member, 'load', LOAD_CALL, [])) as MemberLoad;
  }

  async keep(member: string, own: Keepsake): Promise<Keepsake | undefined> {
    return (await this.#call(member, 'keep', KEEP_CALL, [own])) as Keepsake | undefined;
  }

  /** Sends images to the member that waits for them, as one stream. */
  readonly sendImages: SendImages = async (ref, to, part, images) => {
    const where = new URLSearchParams({ ...ref, generation: `${to.generation}`, token: to.token, part });
    const sent = request({
      createConnection: () => this.#deps.connectTcp(to.overlay, PORTS.api),
      method: 'POST',
      path: `${IMAGES_PATH}?${where}`,
      timeout: STALLED_MS,
    });
    sent.on('timeout', () => sent.destroy(new Error('nothing moves any more')));
    const answered = answerOf(sent);
    // Who refuses them says so before the last has come.
    const refused = new AbortController();
    answered.catch(() => refused.abort());
    // What ends the sending ends the request: the answer says how it went.
    pipeline(Readable.from(images, { objectMode: false }), sent, { signal: refused.signal }).catch(() => {});
    await answered.catch((cause: unknown) => {
      throw this.#unreachable(to.overlay, cause);
    });
  };

  [Symbol.dispose](): void {
    for (const agent of this.#agents.values()) agent.destroy();
  }

  #twin<T>(member: string, calls: Readonly<Record<string, MemberCall>>): T {
    return Object.fromEntries(
      Object.entries(calls).map(([name, call]) => [name, (...args: unknown[]) => this.#call(member, name, call, args)]),
    ) as T;
  }

  async #call(member: string, name: string, call: MemberCall, args: readonly unknown[]): Promise<unknown> {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(new Error('no answer in time')), call.ms);
    const pulse = call.ms > 2 * PING_MS ? this.#pulse(member, stop) : undefined;
    try {
      return call.value(await this.#ask(member, name, args, stop.signal), name);
    } finally {
      clearTimeout(timer);
      clearInterval(pulse);
    }
  }

  /** While a member works for us: does it live? A silent cut would only be noticed by the whole time limit. */
  #pulse(member: string, stop: AbortController): NodeJS.Timeout {
    let missed = 0;
    return setInterval(() => {
      const ping = AbortSignal.timeout(PING_MS - 100);
      this.#ask(member, 'load', [], ping).then(
        () => (missed = 0),
        () => {
          if (++missed >= MOST_MISSED) stop.abort(new Error('it fell silent'));
        },
      );
    }, PING_MS);
  }

  async #ask(member: string, name: string, args: readonly unknown[], signal: AbortSignal): Promise<unknown> {
    for (let again = true; ; again = false) {
      const sent = request({ agent: this.#agent(member), method: 'POST', path: callPath(name), signal });
      sent.end(JSON.stringify(args));
      try {
        return await answerOf(sent);
      } catch (error) {
        // A connection kept from before may have been closed meanwhile; every operation may be repeated.
        if (error instanceof PlumpError && error.code !== 'PLUMP_UNREACHABLE') throw error;
        if (!sent.reusedSocket || !again || signal.aborted) throw this.#unreachable(member, error);
      }
    }
  }

  #unreachable(member: string, cause: unknown): PlumpError {
    if (cause instanceof PlumpError && cause.code !== 'PLUMP_UNREACHABLE') return cause;
    const message = `${this.#deps.nameOf(member)} does not answer (${messageOf(cause)})`;
    return new PlumpError('PLUMP_UNREACHABLE', message, { cause });
  }

  #agent(member: string): Agent {
    let agent = this.#agents.get(member);
    if (agent === undefined) {
      agent = new Agent({ keepAlive: true, maxSockets: MOST_SOCKETS });
      agent.createConnection = () => this.#deps.connectTcp(member, PORTS.api);
      this.#agents.set(member, agent);
    }
    return agent;
  }
}

function answerOf(sent: ReturnType<typeof request>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    sent.on('error', reject);
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > MOST_ANSWER) sent.destroy(new Error('an answer too long'));
        chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () => {
        try {
          const answer = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { value?: unknown; error?: unknown };
          if (response.statusCode === 200) resolve(answer.value);
          else reject(refusal(answer.error));
        } catch (cause) {
          reject(new PlumpError('PLUMP_PROTOCOL', 'a member gave no JSON', { cause }));
        }
      });
    });
  });
}

function refusal(error: unknown): PlumpError {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  const known = typeof code === 'string' && Object.hasOwn(ERROR_CODES, code);
  return new PlumpError(
    known ? (code as ErrorCode) : 'PLUMP_PROTOCOL',
    plain(String(message ?? 'refused').slice(0, 4096)),
  );
}

/** Without anything a terminal would obey: it is shown to users. */
function plain(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ');
}
