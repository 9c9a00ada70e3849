import { request } from 'node:http';
import { ERROR_CODES, type ErrorCode, PlumpError } from '../base/errors.ts';
import type { ClusterEvent } from '../model/event.ts';
import type { NodeView } from '../model/member.ts';
import { LEAVE_TIMES } from '../model/leave-times.ts';
import { PATHS } from '../model/paths.ts';
import { decodeSpeedView, type SpeedView } from '../model/speed.ts';
import type { Status } from '../model/status.ts';
import { decodeAnswer, decodeEvent, decodeNodes, decodeStatus } from './decode.ts';
import { readEventStream } from './event-stream.ts';
import { type JobsClient, jobsClient } from './jobs-client.ts';
import { noAgent } from './no-agent.ts';

const ANSWER_MS = 30_000;

/** The agent of this machine, as a verb sees it. */
export interface AgentClient {
  status(): Promise<Status>;
  /** @param ask of whom the load is asked: of a member, by its overlay address, or of those of whom it is not known (`missing`) */
  nodes(ask?: string): Promise<NodeView[]>;
  events(after?: number): Promise<ClusterEvent[]>;
  /** Events as they come, those kept first, until the signal aborts or the agent stops. */
  follow(after: number, signal: AbortSignal): AsyncGenerator<ClusterEvent>;
  /** Measures the speed anew. */
  tune(): Promise<SpeedView>;
  leave(): Promise<void>;
  join(code: string | undefined): Promise<void>;
  /** Fixes numbers and peers by a map file; undefined undoes it. */
  setMap(text: string | undefined): Promise<void>;
  setAddress(nic: string, cidr: string, gateway: string | undefined): Promise<void>;
  readonly jobs: JobsClient;
}

/** Talks to the agent on its unix socket. Every call throws PlumpError PLUMP_NO_AGENT when none answers. */
export function agentClient(socketPath: string = PATHS.agentSocket): AgentClient {
  const get = (path: string) => call(socketPath, 'GET', path);
  const post = (path: string, body: unknown, ms?: number) => call(socketPath, 'POST', path, body, ms);
  return {
    status: async () => decodeStatus(await get('/v1/status')),
    nodes: async (ask) => decodeNodes(await get(ask === undefined ? '/v1/nodes' : `/v1/nodes?ask=${ask}`)),
    events: async (after = 0) => decodeAnswer(await get(`/v1/events?after=${after}`), 'events', decodeEvent),
    follow: (after, signal) => readEventStream(socketPath, after, signal),
    tune: async () => decodeSpeedView(await post('/v1/speed/tune', {}), 'the speed'),
    leave: async () => void (await post('/v1/leave', {}, LEAVE_TIMES.asked)),
    join: async (code) => void (await post('/v1/join', code === undefined ? {} : { code })),
    setMap: async (text) => void (await post('/v1/map', text === undefined ? {} : { map: text })),
    setAddress: async (nic, cidr, gateway) =>
      void (await post('/v1/address', { nic, cidr, ...(gateway === undefined ? {} : { gateway }) })),
    jobs: jobsClient((method, path, body, ms) => call(socketPath, method, path, body, ms)),
  };
}

/** Does an agent answer on this machine? */
export async function agentAnswers(socketPath: string = PATHS.agentSocket): Promise<boolean> {
  try {
    await call(socketPath, 'GET', '/healthz');
    return true;
  } catch (error) {
    if (error instanceof PlumpError && error.code === 'PLUMP_NO_AGENT') return false;
    throw error;
  }
}

function call(
  socketPath: string,
  method: string,
  path: string,
  body?: unknown,
  timeout: number = ANSWER_MS,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, method, path, timeout }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', (error) => reject(noAgent(error)));
      response.on('end', () => {
        try {
          const answer: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
          if (response.statusCode === 200) resolve(answer);
          else reject(refusal(answer));
        } catch (cause) {
          reject(new PlumpError('PLUMP_PROTOCOL', `the agent gave no JSON for ${path}`, { cause }));
        }
      });
    });
    sent.on('timeout', () => sent.destroy(new PlumpError('PLUMP_TIMEOUT', `the agent did not answer ${path} in time`)));
    sent.on('error', (error) => reject(error instanceof PlumpError ? error : noAgent(error)));
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function refusal(answer: unknown): PlumpError {
  const { error } = (answer ?? {}) as { error?: { code?: unknown; message?: unknown; hint?: unknown } };
  const known = Object.keys(ERROR_CODES).find((code) => code === error?.code) as ErrorCode | undefined;
  const hint = typeof error?.hint === 'string' ? { hint: error.hint } : {};
  return new PlumpError(
    known ?? 'PLUMP_PROTOCOL',
    String(error?.message ?? 'the agent refused without a reason'),
    hint,
  );
}
