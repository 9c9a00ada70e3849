/** Names in messages: one line, no control characters, not endless. */
export function printable(text: string): string {
  const clean = text.replace(/[^\x20-\x7e\u00a0-\uffff]/g, '?');
  return clean.length > 80 ? `${clean.slice(0, 77)}...` : clean;
}
