/** The exit codes of the program, named here and nowhere else. */
export const exitCode = { done: 0, failed: 1, usage: 2, refused: 3, cancelled: 130 } as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/**
 * The only error that is expected: `message` says what and where, `why` says the cause when it is known,
 * `hint` says the next thing to type. Anything else that is thrown is a bug of ours.
 */
export class Trouble extends Error {
  readonly why: string | undefined;
  readonly hint: string | undefined;
  readonly code: ExitCode;

  constructor(message: string, more: { why?: string; hint?: string; code?: ExitCode; cause?: unknown } = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'Trouble';
    this.why = more.why;
    this.hint = more.hint;
    this.code = more.code ?? exitCode.failed;
  }
}
