import { setTimeout as wait } from 'node:timers/promises';
import type { Qmp } from './qmp.ts';

/** QEMU's names of the keys that are not called as what they write (US keyboard). */
const KEYS: Readonly<Record<string, string>> = {
  ' ': 'spc',
  '.': 'dot',
  ',': 'comma',
  '/': 'slash',
  '-': 'minus',
  '=': 'equal',
  ';': 'semicolon',
  "'": 'apostrophe',
  '[': 'bracket_left',
  ']': 'bracket_right',
  '\\': 'backslash',
  '`': 'grave_accent',
  '\n': 'ret',
};
const SHIFTED: Readonly<Record<string, string>> = {
  ':': ';',
  _: '-',
  '+': '=',
  '?': '/',
  '<': ',',
  '>': '.',
  '"': "'",
  '{': '[',
  '}': ']',
  '|': '\\',
  '~': '`',
  '!': '1',
  '@': '2',
  '#': '3',
  $: '4',
  '%': '5',
  '^': '6',
  '&': '7',
  '*': '8',
  '(': '9',
  ')': '0',
};

/** The keys to press at once for one character. @throws RangeError for one that no key writes */
function chordFor(character: string): readonly string[] {
  if (/^[a-z0-9]$/.test(character)) return [character];
  if (/^[A-Z]$/.test(character)) return ['shift', character.toLowerCase()];
  const plain = KEYS[character];
  if (plain !== undefined) return [plain];
  const base = SHIFTED[character];
  if (base === undefined) throw new RangeError(`no key writes '${character}'`);
  return ['shift', KEYS[base] ?? base];
}

const HOLD_MS = 20;

/** Types text at the guest's keyboard. A key sent while the one before is still down would be lost, so it is waited for. */
export async function typeText(qmp: Qmp, text: string, pauseMs = 3 * HOLD_MS): Promise<void> {
  for (const character of text) {
    const keys = chordFor(character).map((data) => ({ type: 'qcode', data }));
    await qmp.execute('send-key', { keys, 'hold-time': HOLD_MS });
    await wait(pauseMs);
  }
}
