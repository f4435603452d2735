import type { ConfigOfContainer } from '../../app/container-config.ts';
import { logSince } from '../../engine/log.ts';
import { Trouble } from '../../errors.ts';
import { harmless } from '../../text/sanitize.ts';
import type { Look } from './wait.ts';

// Two rounds of gitlab-runner's usual check_interval of three seconds.
const quiet = 5;

/**
 * Looks into the log of a container for what gitlab-runner says after a change of its config: that it was loaded, and
 * then nothing bad about this runner for a while. `written` is when the file changed, if it did. Throws when GitLab refuses the runner.
 */
export async function logWatch(
  { engine, name }: ConfigOfContainer,
  token: string,
  { written, now, signal }: { written: Date | undefined; now: Date; signal: AbortSignal },
): Promise<Look> {
  // Not a moment earlier: what was loaded before the file was written is another config. Clocks are the same here.
  const since = (written ?? new Date(now.getTime() - 5000)).toISOString();
  // What did not change was read long ago.
  const wasLoaded = written === undefined && hasLoaded(await logSince(engine, name, '1970-01-01T00:00:00Z'));
  // As gitlab-runner shortens it in its log: without the prefix (ShortenToken of its helpers).
  const short = token.replace(/^.*glrt-|^GR1348941/, '').slice(0, 8);
  let calm = 0;
  return async () => {
    if (signal.aborted) return false;
    const lines = await logSince(engine, name, since);
    const about = lines.filter((line) => short === '' || line.includes(short));
    const refused = about.findLast((line) => /forbidden|\b(401|403)\b|is not healthy|FATAL/i.test(line));
    if (refused !== undefined) {
      throw new Trouble('GitLab does not take the runner, by the log of its container.', {
        why: harmless(refused, 200),
        hint: 'runner-setup verify',
      });
    }
    const loaded = wasLoaded || hasLoaded(lines);
    const failing = about.some((line) => /error|warn/i.test(line));
    calm = loaded && !failing ? calm + 1 : 0;
    return calm > quiet;
  };
}

const hasLoaded = (lines: readonly string[]): boolean =>
  lines.some((line) => /configuration loaded/i.test(line));
