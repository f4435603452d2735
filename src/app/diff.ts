import type { Channel, Say } from '../terminal/say.ts';

/** Two versions of config.toml; of a planned one only GitLab knows the id and the dates. */
export interface Versions {
  readonly file: string;
  readonly before: string | undefined;
  readonly after: string;
  readonly isPlanned: boolean;
}

/** Shows the lines of config.toml that change, secrets hidden; what only GitLab knows is said so. */
export async function showDiff(say: Say, versions: Versions, to: Channel): Promise<void> {
  const [{ diffLines }, { maskLine, maskWhole }] = await Promise.all([
    import('../config/diff.ts'),
    import('../config/mask.ts'),
  ]);
  const cover = () => '[hidden]';
  const { file, before, after, isPlanned } = versions;
  const lines = diffLines(before ?? '', after, (line, isInside) =>
    isInside ? maskWhole(line, cover) : maskLine(line, cover),
  );
  const head = before === undefined ? `${file} (new)` : file;
  say.diff(head, isPlanned ? lines.map((line) => ({ ...line, text: untold(line) })) : lines, to);
}

const untold = ({ sign, text }: { sign: string; text: string }): string =>
  sign !== '+'
    ? text
    : text
        .replace(/^(\s*id = )0$/, "$1… (GitLab's answer)")
        .replace(/^(\s*token_\w+_at = )0001-01-01T00:00:00Z$/, "$1… (GitLab's answer)");
