import { integer, type Decoder, object, text } from '../base/decoder.ts';
import { PlumpError } from '../base/errors.ts';
import type { Route } from './routes.ts';

const pid = integer(1, 2 ** 22);
const decodePid = object({ pid });
const decodeMigrate = object({ pid, to: text({ most: 256 }) });
const decodeSignal = object({ pid, signal: integer(1, 64) });
const decodeNice = object({ pid, nice: integer(-20, 19) });

/** The URLs of jobs. What a caller may do with which job follows from her uid. */
export const JOB_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/v1/jobs', run: (api, { uid }) => ({ json: api.jobs.list(need(uid)) }) },
  { method: 'GET', path: '/v1/guests', run: async (api) => ({ json: await api.jobs.guests() }) },
  { method: 'GET', path: '/v1/places', run: async (api) => ({ json: await api.jobs.places() }) },
  { method: 'GET', path: '/v1/loads', run: (api) => ({ json: api.jobs.loads() }) },
  { method: 'GET', path: '/v1/moves', run: (api) => ({ json: api.jobs.moves() }) },
  {
    method: 'POST',
    path: '/v1/jobs/why',
    run: async (api, { uid, body }) => ({ json: await api.jobs.why(need(uid), read(decodePid, body).pid) }),
  },
  {
    method: 'POST',
    path: '/v1/jobs/migrate',
    run: async (api, { uid, body }) => {
      const { pid: job, to } = read(decodeMigrate, body);
      return { json: await api.jobs.migrate(need(uid), job, to) };
    },
  },
  {
    method: 'POST',
    path: '/v1/jobs/signal',
    run: async (api, { uid, body }) => {
      const { pid: job, signal } = read(decodeSignal, body);
      await api.jobs.signal(need(uid), job, signal);
      return { json: {} };
    },
  },
  {
    method: 'POST',
    path: '/v1/jobs/nice',
    run: async (api, { uid, body }) => {
      const { pid: job, nice } = read(decodeNice, body);
      await api.jobs.nice(need(uid), job, nice);
      return { json: {} };
    },
  },
  {
    method: 'POST',
    path: '/v1/jobs/wait',
    run: async (api, { uid, body }) => ({ json: await api.jobs.wait(need(uid), read(decodePid, body).pid) }),
  },
  {
    method: 'POST',
    path: '/v1/jobs/forget',
    run: async (api, { uid, body }) => {
      await api.jobs.forget(need(uid), read(decodePid, body).pid);
      return { json: {} };
    },
  },
  { method: 'GET', path: '/v1/ctl', run: (api) => ({ json: api.jobs.settings() }) },
  { method: 'POST', path: '/v1/ctl', mutates: true, run: (api, { body }) => ({ json: api.jobs.change(body) }) },
  { method: 'POST', path: '/v1/ctl/expel', mutates: true, run: async (api) => ({ json: await api.jobs.expel() }) },
  { method: 'POST', path: '/v1/ctl/bring', mutates: true, run: async (api) => ({ json: await api.jobs.bring() }) },
];

function need(uid: number | undefined): number {
  if (uid === undefined) throw new PlumpError('PLUMP_DENIED', 'the kernel does not tell who asks');
  return uid;
}

function read<T>(decode: Decoder<T>, body: unknown): T {
  try {
    return decode(body, 'the request');
  } catch (error) {
    throw new PlumpError('PLUMP_USAGE', (error as Error).message);
  }
}
