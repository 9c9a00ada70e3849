/** One line of a terminal: what was typed at a prompt, or what was printed. */
export interface ScreenLine {
  readonly prompt?: string;
  readonly text: string;
}

const CHARACTER = { width: 8.4, height: 18 } as const;
const MARGIN = 16;
const BAR = 32;

/** A terminal window with these lines in it, as an SVG. Letters are text: they can be searched, copied and read aloud. */
export function terminalSvg(title: string, lines: readonly ScreenLine[]): string {
  const columns = Math.max(60, ...lines.map(({ prompt = '', text }) => prompt.length + text.length));
  const width = Math.ceil(columns * CHARACTER.width + 2 * MARGIN);
  const height = BAR + lines.length * CHARACTER.height + 2 * MARGIN;
  const rows = lines.map((line, i) => row(line, BAR + MARGIN + (i + 0.75) * CHARACTER.height));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>${escape(title)}</title>
<rect width="${width}" height="${height}" rx="8" fill="#16181d"/>
<path d="M0 8a8 8 0 0 1 8-8h${width - 16}a8 8 0 0 1 8 8v${BAR - 8}H0z" fill="#2a2e37"/>
<g fill="#5b6270"><circle cx="20" cy="16" r="5"/><circle cx="38" cy="16" r="5"/><circle cx="56" cy="16" r="5"/></g>
<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="14" fill="#d7dae0">
<text x="${width / 2}" y="21" text-anchor="middle" fill="#9aa1ad">${escape(title)}</text>
${rows.join('\n')}
</g>
</svg>
`;
}

function row({ prompt, text }: ScreenLine, y: number): string {
  const at = `<text x="${MARGIN}" y="${y}" xml:space="preserve">`;
  if (prompt === undefined) return `${at}${escape(text)}</text>`;
  return `${at}<tspan fill="#7fc98f">${escape(prompt)}</tspan><tspan fill="#ffffff">${escape(text)}</tspan></text>`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
