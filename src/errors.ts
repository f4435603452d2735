/** The exit codes of the program, named here and nowhere else. */
export const exitCode = { done: 0, failed: 1, usage: 2, refused: 3, changes: 4, cancelled: 130 } as const;

/** How bad something is that was found: it does not work, it may harm, or it is good to know. */
export type Severity = 'error' | 'warning' | 'note';

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/**
 * What a trouble is about, where something is decided by it: `engine-refused`, Docker or Podman answered and did not do
 * it; `no-such-api`, the server has no such part in its API, so GitLab has not looked; `outcome-unknown`, GitLab was asked
 * for something new, and nobody knows whether it has made it.
 */
export type TroubleKind = 'engine-refused' | 'no-such-api' | 'outcome-unknown';

/**
 * The only error that is expected: `message` says what and where, `why` says the cause when it is known,
 * `hint` says the next thing to type, `atPrompt` the same to a person who is asked for answers, where it differs. `kind` is
 * what it is about for those who go on by it. Anything else that is thrown is a bug of ours.
 */
export class Trouble extends Error {
  readonly why: string | undefined;
  readonly hint: string | undefined;
  readonly atPrompt: string | undefined;
  readonly code: ExitCode;
  readonly kind: TroubleKind | undefined;

  constructor(message: string, more: TroubleDetails & { cause?: unknown } = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'Trouble';
    this.why = more.why;
    this.hint = more.hint;
    this.atPrompt = more.atPrompt;
    this.code = more.code ?? exitCode.failed;
    this.kind = more.kind;
  }
}

interface TroubleDetails {
  readonly why?: string | undefined;
  readonly hint?: string | undefined;
  readonly atPrompt?: string | undefined;
  readonly code?: ExitCode;
  readonly kind?: TroubleKind;
}

/** What a trouble says to a person who is asked for answers: its next thing names no flags. */
export const atPrompt = ({ message, why, hint, atPrompt, code }: Trouble) => ({
  message,
  why,
  hint: atPrompt ?? hint,
  code,
});

/** What a trouble says, as the `error` of `--json`. */
export const errorOf = ({
  message,
  why,
  hint,
  code,
}: Pick<Trouble, 'message' | 'why' | 'hint' | 'code'>) => ({
  message,
  ...(why !== undefined && { why }),
  ...(hint !== undefined && { next: hint }),
  code,
});
