import { cpus, loadavg } from 'node:os';

/** What a benchmark ran on, for its table. */
export function hostText(): string {
  return `${cpus().length} × ${cpus()[0]?.model}, load ${loadavg()[0]?.toFixed(1)}, QEMU with TCG`;
}
