/** How one `plumpos migrate` ended. */
export type MoveResult =
  | {
      readonly kind: 'done';
      readonly from: string;
      readonly to: string;
      readonly frozenMs: number;
      readonly totalMs: number;
    }
  /** It was not begun, and told why. */
  | { readonly kind: 'refused'; readonly cause: string }
  /** It was begun, or nobody knows; the job runs on where it was, or is where it was to go. */
  | { readonly kind: 'failed'; readonly cause: string };

const REFUSALS = ['PLUMP_REFUSED', 'PLUMP_BUSY', 'PLUMP_USAGE', 'PLUMP_DENIED'];

/** What `plumpos migrate --json` printed, as a result. */
export function moveResult({ status, stdout, stderr }: { status: number; stdout: string; stderr: string }): MoveResult {
  if (status === 0) {
    const { from, to, frozenMs, totalMs } = JSON.parse(stdout) as Extract<MoveResult, { kind: 'done' }>;
    return { kind: 'done', from, to, frozenMs, totalMs };
  }
  const [line = ''] = stderr.split('\n');
  const [, text, code] = /^plumpos: (.*?)(?: \((PLUMP_\w+)\))?$/.exec(line) ?? [];
  const cause = text === undefined ? line || `status ${status}` : withoutNumbers(text);
  return { kind: REFUSALS.includes(code ?? '') ? 'refused' : 'failed', cause };
}

/** So that what happened twice is counted as one cause; names of members stay. */
function withoutNumbers(text: string): string {
  return text.replaceAll(/\b[\da-f]{8,}\b|\b\d+(\.\d+)?\b/g, '…');
}
