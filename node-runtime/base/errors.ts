/**
 * The one error catalogue. Lower layers throw a {@link PlumpError}; only the entry points turn it into text and an
 * exit status. docs/errors.md lists the same codes, held together by test/unit/docs/errors.test.ts.
 */

/** Exit statuses of every verb (DESIGN: commands and conventions). */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  partly: 3,
  noAgent: 69,
  tryAgain: 75,
  badConfiguration: 78,
} as const;

/** Every error code with the exit status it leads to. */
export const ERROR_CODES = {
  PLUMP_USAGE: EXIT.usage,
  PLUMP_CONFIG: EXIT.badConfiguration,
  PLUMP_INPUT: EXIT.badConfiguration,
  PLUMP_KERNEL: EXIT.badConfiguration,
  PLUMP_PACKAGE: EXIT.badConfiguration,
  PLUMP_KEY: EXIT.badConfiguration,
  PLUMP_IMAGE: EXIT.badConfiguration,
  PLUMP_FETCH: EXIT.tryAgain,
  PLUMP_TIMEOUT: EXIT.tryAgain,
  PLUMP_BUSY: EXIT.tryAgain,
  PLUMP_NO_AGENT: EXIT.noAgent,
  PLUMP_NO_LAB: EXIT.noAgent,
  PLUMP_TOOL: EXIT.failed,
  PLUMP_DISK: EXIT.failed,
  PLUMP_SYSTEM: EXIT.failed,
  PLUMP_PROTOCOL: EXIT.failed,
  PLUMP_VM: EXIT.failed,
  PLUMP_LAB: EXIT.failed,
  PLUMP_DENIED: EXIT.failed,
  PLUMP_REFUSED: EXIT.failed,
  PLUMP_UNREACHABLE: EXIT.tryAgain,
  PLUMP_STOPPED: 130,
} as const;

/** One of the codes of {@link ERROR_CODES}. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** What an error carries beside its message. */
export interface ErrorDetails {
  /** What the user can do about it: one sentence or one command. */
  hint?: string;
  /** The error underneath, shown with `--debug` only. */
  cause?: unknown;
}

/** An error a user may see: says what failed and where (message), what to do (hint), and how the program ends. */
export class PlumpError extends Error {
  override readonly name = 'PlumpError';
  readonly code: ErrorCode;
  readonly exitCode: number;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.exitCode = ERROR_CODES[code];
    this.hint = details.hint;
  }
}

/** The message of anything thrown, in one line. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
