import type { Qmp } from './qmp.ts';

const COLUMNS = 80;
const ROWS = 25;
/** Where a VGA card keeps the text: character and colour alternate. */
const TEXT_MEMORY = 0xb8000;
/** The card's controller: the number of a register goes to the first port, its value is at the second. */
const CRTC_INDEX = 0x3d4;
const CRTC_VALUE = 0x3d5;
const START_HIGH = 0x0c;
const START_LOW = 0x0d;

/** What stands on a PC's screen while it is in text mode (BIOS, ISOLINUX, the kernel's console): its rows, right-trimmed. */
export async function readTextScreen(qmp: Qmp): Promise<readonly string[]> {
  const monitor = async (line: string) => String(await qmp.execute('human-monitor-command', { 'command-line': line }));
  // The guest uses the same ports: it stands still meanwhile.
  await qmp.execute('stop');
  try {
    const from = TEXT_MEMORY + 2 * (await firstCell(monitor));
    return rowsOf(await monitor(`xp /${COLUMNS * ROWS}hx 0x${from.toString(16)}`));
  } finally {
    await qmp.execute('cont');
  }
}

/** Linux scrolls by moving the first cell shown through the memory of the card. */
async function firstCell(monitor: (line: string) => Promise<string>): Promise<number> {
  const read = async (port: number) => Number((await monitor(`i /b 0x${port.toString(16)}`)).split('=')[1]?.trim());
  const select = (register: number) => monitor(`o /b 0x${CRTC_INDEX.toString(16)} 0x${register.toString(16)}`);
  const before = await read(CRTC_INDEX);
  await select(START_HIGH);
  const high = await read(CRTC_VALUE);
  await select(START_LOW);
  const low = await read(CRTC_VALUE);
  await select(before);
  return high * 256 + low;
}

function rowsOf(dump: string): string[] {
  const codes = [...dump.matchAll(/\b0x([0-9a-f]{4})\b/g)].map(([, cell]) => Number.parseInt(cell ?? '', 16) & 0xff);
  const text = codes.map((code) => (code >= 32 && code < 127 ? String.fromCharCode(code) : ' ')).join('');
  return Array.from({ length: ROWS }, (_, row) => text.slice(row * COLUMNS, (row + 1) * COLUMNS).trimEnd());
}
