import { connect } from 'node:net';
import { PATHS } from '../model/paths.ts';

const WAIT_MS = 5000;

/** Tells this member's relay to close all connections of a job. A relay that is not there has none. */
export function relayClose(id: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(`${PATHS.run}/relay.ctl`);
    const done = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve();
    };
    const timer = setTimeout(done, WAIT_MS);
    socket.on('connect', () => socket.write(`close ${id}\n`));
    socket.on('data', done).on('error', done).on('close', done);
  });
}
