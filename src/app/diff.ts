import type { DiffLine } from '../config/diff.ts';
import type { Channel, Say } from '../terminal/say.ts';
import { hideKnown } from '../text/secrets.ts';

/** Two versions of config.toml; of a planned one only GitLab knows the id and the dates. */
export interface Versions {
  readonly file: string;
  readonly before: string | undefined;
  readonly after: string;
  readonly isPlanned: boolean;
}

/**
 * Shows the lines of config.toml that change, secrets hidden, the values of `environment` among them unless told; what only
 * GitLab knows is said so. `choose` leaves lines out.
 */
export async function showDiff(
  say: Say,
  versions: Versions,
  to: Channel,
  choose: (lines: readonly DiffLine[]) => readonly DiffLine[] = (lines) => lines,
): Promise<void> {
  say.diff(headOf(versions), choose(await maskedDiff(say, versions)), to);
}

/** The lines that `showDiff` shows. */
export async function maskedDiff(
  say: Say,
  { before, after, isPlanned }: Versions,
): Promise<readonly DiffLine[]> {
  const [{ diffLines }, { maskLines }, { secretValues }] = await Promise.all([
    import('../config/diff.ts'),
    import('../config/mask.ts'),
    import('../config/secret-places.ts'),
  ]);
  const known = hideKnown([...secretValues(before ?? ''), ...secretValues(after)]);
  const masking = {
    showEnvironment: say.mode.environment ?? false,
    hideKnown: (line: string) => say.masked(known(line)),
  };
  const lines = diffLines(before ?? '', after, (text, wanted) => maskLines(text, wanted, masking));
  return isPlanned ? lines.map((line) => ({ ...line, text: untold(line) })) : lines;
}

/** Shows the lines that change of a file that is not config.toml, such as one for cron, secrets hidden. */
export async function showPlainDiff(
  say: Say,
  versions: Omit<Versions, 'isPlanned'>,
  to: Channel,
): Promise<void> {
  const [{ diffLines }, { withoutSecrets }] = await Promise.all([
    import('../config/diff.ts'),
    import('../text/secret-words.ts'),
  ]);
  const { before, after } = versions;
  const lines = diffLines(before ?? '', after, (text, wanted) =>
    linesIn(text, wanted).map((line) => say.masked(withoutSecrets(line))),
  );
  say.diff(headOf(versions), lines, to);
}

/** The lines that a change takes away and brings, in order, secrets not hidden. */
export async function changedLines(before: string, after: string): Promise<string[]> {
  const { diffLines } = await import('../config/diff.ts');
  const lines = diffLines(before, after, linesIn);
  return lines.flatMap(({ sign, text }) => (sign === '+' || sign === '-' ? [sign + text] : []));
}

const linesIn = (text: string, { first, last }: { first: number; last: number }): string[] =>
  text.split('\n').slice(first - 1, last);

const headOf = ({ file, before }: Pick<Versions, 'file' | 'before'>): string =>
  before === undefined ? `${file} (new)` : file;

const untold = ({ sign, text }: DiffLine): string =>
  sign !== '+'
    ? text
    : text
        .replace(/^(\s*id = )0$/, "$1… (GitLab's answer)")
        .replace(/^(\s*token_\w+_at = )0001-01-01T00:00:00Z$/, "$1… (GitLab's answer)");
