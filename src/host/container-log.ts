import type { Engine } from './engine.ts';
import { run } from './engine-run.ts';

/** What the log of a runner says about its start. */
export interface Signs {
  /** It has read its config. */
  readonly loaded: boolean;
  /** The line that says why it could not. */
  readonly refused: string | undefined;
  /** Its version, when it says so. */
  readonly version: string | undefined;
}

/**
 * Reads the lines of a runner's log, plain or JSON: gitlab-runner says "Configuration loaded" at info level, "Failed to
 * load config" at error level, and ends with a line of level fatal.
 */
export function signsIn(lines: readonly string[]): Signs {
  const refused = lines.findLast((line) =>
    /failed to load config|^fatal:|"level":"(fatal|panic)"|^panic:/i.test(line),
  );
  return {
    loaded: lines.some((line) => /configuration loaded/i.test(line)),
    refused,
    version: lines.map((line) => /\bversion[=:" ]+v?(\d+\.\d+\.\d+)/i.exec(line)?.[1]).find(Boolean),
  };
}

/**
 * The lines of a container's log since a moment (an ISO time), oldest first, stdout and stderr together, for at most so
 * many `seconds`; none when the log cannot be read, as with drivers that send it away.
 */
export async function logSince(
  engine: Engine,
  name: string,
  since: string,
  seconds?: number,
): Promise<string[]> {
  const found: string[] = [];
  const until =
    seconds === undefined ? [] : ['--until', new Date(Date.parse(since) + seconds * 1000).toISOString()];
  const watch = { onLine: (line: string) => void found.push(line) };
  await run(engine, ['logs', '--since', since, ...until, name], watch).catch(() => undefined);
  return found;
}
