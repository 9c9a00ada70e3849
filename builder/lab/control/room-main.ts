import { EXIT, messageOf, PlumpError } from '#runtime/base/errors.ts';
import { holdRoom } from './hold-room.ts';
import type { LabSettings } from './lab-settings.ts';
import type { RoomMessage } from './start-room.ts';

/**
 * The process that holds a room, in the background: started by start-room.ts, which hands the settings over and listens
 * until the room is up. When it goes away earlier, so do we.
 */
const stop = new AbortController();
let up = false;

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(name, () => stop.abort(new PlumpError('PLUMP_STOPPED', `stopped by ${name}`)));
process.on('disconnect', () => {
  if (!up) stop.abort(new PlumpError('PLUMP_STOPPED', 'nobody waits for the room'));
});
process.once('message', (settings: LabSettings) => void hold(settings));

async function hold(settings: LabSettings): Promise<void> {
  try {
    await holdRoom(settings, process.env, stop.signal, {
      notice(text) {
        console.error(`${new Date().toISOString()} ${text}`);
        tell({ notice: text });
      },
      ready(machines) {
        up = true;
        tell({ ready: machines });
      },
    });
  } catch (error) {
    console.error(error);
    const { code, hint } = error instanceof PlumpError ? error : { code: 'PLUMP_LAB', hint: undefined };
    process.exitCode = EXIT.failed;
    tell({ error: { code, message: messageOf(error), ...(hint === undefined ? {} : { hint }) } });
  } finally {
    if (process.connected) process.disconnect?.();
  }
}

/** To the process that waits for the room, while it does. */
function tell(message: RoomMessage): void {
  if (process.connected) process.send?.(message);
}
