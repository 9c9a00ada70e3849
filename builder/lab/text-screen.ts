import type { Qmp } from './qmp.ts';

const COLUMNS = 80;
const ROWS = 25;
/** Where a VGA card keeps the text: character and colour alternate. */
const TEXT_MEMORY = 0xb8000;

/** What stands on a PC's screen while it is in text mode (BIOS, ISOLINUX, the kernel's console): its rows, right-trimmed. */
export async function readTextScreen(qmp: Qmp): Promise<readonly string[]> {
  const cells = COLUMNS * ROWS;
  const command = { 'command-line': `xp /${cells}hx 0x${TEXT_MEMORY.toString(16)}` };
  const dump = String(await qmp.execute('human-monitor-command', command));
  const codes = [...dump.matchAll(/\b0x([0-9a-f]{4})\b/g)].map(([, cell]) => Number.parseInt(cell ?? '', 16) & 0xff);
  const text = codes.map((code) => (code >= 32 && code < 127 ? String.fromCharCode(code) : ' ')).join('');
  return Array.from({ length: ROWS }, (_, row) => text.slice(row * COLUMNS, (row + 1) * COLUMNS).trimEnd());
}
