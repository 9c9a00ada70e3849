import type { OptionSpec } from '#runtime/base/options.ts';
import type { MachineView } from '../../lab/control/room-answers.ts';

/** `--json` of a verb that changes machines: they are told as they are then. */
export const MACHINES_AS_JSON = {
  type: 'flag',
  help: 'the machines, as they are then, as a JSON array',
} as const satisfies OptionSpec;

/** The machines of a room for people. */
export function machineTable(machines: readonly MachineView[]): string {
  const rows = machines.map(({ name, kind, state, fault, speed, upAfter, addresses }) => [
    name,
    kind,
    fault === undefined ? state : `${state}, ${fault}`,
    speed === 1 ? 'full' : String(speed),
    upAfter === undefined ? '-' : `${upAfter} s`,
    addresses.join(' '),
  ]);
  const all = [['NAME', 'KIND', 'STATE', 'SPEED', 'UP AFTER', 'ADDRESSES'], ...rows];
  const widths = (all[0] ?? []).map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  return all.map((row) => `${line(row).trimEnd()}\n`).join('');
}
