import type { Engine } from './engine.ts';
import { run } from './run.ts';

/** What the log of a runner says about its start. */
interface Signs {
  /** It has read its config. */
  readonly loaded: boolean;
  /** The line that says why it could not. */
  readonly refused: string | undefined;
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
  };
}

/** The log of a container since a start of it, like `logSince`. */
export const logOfStart = (engine: Engine, name: string, startedAt: string, seconds?: number) => {
  // A second earlier: the first lines may be written before the engine notes that it has started.
  const since = new Date((Date.parse(startedAt) || 0) - 1000).toISOString();
  return logSince(engine, name, since, seconds === undefined ? undefined : seconds + 1);
};

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
  const start = Date.parse(since) || 0;
  const at = (milliseconds: number) => new Date(start + milliseconds).toISOString();
  const until = seconds === undefined ? [] : ['--until', at(seconds * 1000)];
  const watch = { onLine: (line: string) => void found.push(line), seconds: 10 };
  await run(engine, ['logs', '--since', at(0), ...until, name], watch).catch(() => undefined);
  return found;
}
