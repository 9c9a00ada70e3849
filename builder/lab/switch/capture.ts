import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { PlumpError } from '#runtime/base/errors.ts';
import { pcapHeader, pcapRecord } from './pcap.ts';
import type { Switch } from './switch.ts';

/**
 * Writes every frame of the switches to one capture file until it is disposed; the file is complete then.
 * @throws PlumpError PLUMP_DISK when the file cannot be written.
 */
export async function startCapture(switches: readonly Switch[], file: string): Promise<AsyncDisposable> {
  const out = createWriteStream(file, { flags: 'w', mode: 0o600 });
  try {
    await once(out, 'open');
  } catch (cause) {
    throw new PlumpError('PLUMP_DISK', `${file} cannot be written: ${(cause as Error).message}`, { cause });
  }
  out.on('error', () => {});
  out.write(pcapHeader());
  const watches = switches.map((one) => one.watch((frame, wall) => void out.write(pcapRecord(frame, wall))));
  return {
    async [Symbol.asyncDispose]() {
      for (const watch of watches) watch[Symbol.dispose]();
      await new Promise((resolve) => out.end(resolve));
    },
  };
}
