import type { Config } from '../config/read.ts';
import type { Severity, Trouble } from '../errors.ts';
import type { Say, ShownFinding } from '../terminal/say.ts';
import { harmless } from '../text/sanitize.ts';
import type { Env } from '../world.ts';

/** What was found; its place is `file:line:column`, or the runner, address or folder that is meant. */
export interface Finding extends ShownFinding {
  readonly rule: string;
  readonly line?: number;
  readonly column?: number;
  readonly path?: string;
  /** Whether `--fix` can do it. */
  readonly fixable?: boolean;
}

/** What a trouble says, as the end of a finding. */
export const wordsOf = ({ message, why, hint }: Trouble) => ({
  message,
  ...(why !== undefined && { why }),
  ...(hint !== undefined && { next: hint }),
});

/** Shows findings as results. */
export function showFindings(say: Say, findings: readonly Finding[]): void {
  say.findings(shown(findings));
}

function* shown(findings: readonly Finding[]): Generator<ShownFinding> {
  for (const { severity, place, message, excerpt, why, next } of findings)
    yield {
      severity,
      place,
      message: harmless(message, 400),
      excerpt,
      why: why && harmless(why, 600),
      next: next
        ?.split('\n')
        .map((step) => harmless(step, 600))
        .join('\n'),
    };
}

/** How many of each there are, in words. */
export function countOf(findings: readonly Finding[]): string {
  const count = (severity: Severity) => findings.filter((one) => one.severity === severity).length;
  const words = (number: number, word: string) => `${number} ${word}${number === 1 ? '' : 's'}`;
  return [
    words(count('error'), 'error'),
    words(count('warning'), 'warning'),
    words(count('note'), 'note'),
  ].join(', ');
}

/** A copy of findings with errors first; those of one severity keep their order. */
export const worstFirst = (findings: readonly Finding[]): Finding[] =>
  findings.toSorted((a, b) => order[a.severity] - order[b.severity]);

const order: Readonly<Record<Severity, number>> = { error: 0, warning: 1, note: 2 };

/** What the text of a config.toml has wrong, as findings with places; `config` is absent when it cannot be read. */
export async function lintIt(
  text: string,
  file: string,
  env: Env,
): Promise<{ valid: boolean; findings: Finding[]; config: Config | undefined }> {
  const { lintText } = await import('../config/lint/index.ts');
  const linted = await lintText(text, file, env);
  const findings = linted.findings.map(
    ({ severity, rule, path, line, column, message, excerpt, next, fixable }): Finding => ({
      severity,
      rule,
      place: `${file}:${line}:${column}`,
      line,
      column,
      path: path.join('.'),
      message,
      ...(excerpt !== undefined && { excerpt }),
      ...(next !== undefined && { next }),
      ...(fixable && { fixable }),
    }),
  );
  return { ...linted, findings };
}
