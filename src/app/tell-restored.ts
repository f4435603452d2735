import { Trouble } from '../errors.ts';
import type { RestoredToken } from '../runner/restored-tokens.ts';
import type { Say } from '../terminal/say.ts';

interface Versions {
  readonly present: string | undefined;
  readonly before: string;
}

/**
 * Says what the former version does to runners that GitLab knows otherwise by now. Gives whether a former token would
 * take the place of another one.
 */
export async function tellRunners(say: Say, path: string, versions: Versions): Promise<boolean> {
  if (runnersIn(versions.present) > runnersIn(versions.before)) {
    say.note(
      'a runner that is removed from config.toml stays in GitLab. If it is no longer required, remove it there.',
    );
  }
  const found = await restoredBy(path, versions);
  if (found.length === 0) return false;
  const [{ wordsOnRestored }, { harmless }] = await Promise.all([
    import('../runner/restored-tokens.ts'),
    import('../text/sanitize.ts'),
  ]);
  for (const each of found) say.warn(harmless(wordsOnRestored(each), 500));
  return found.some(({ as }) => as !== 'entry');
}

const runnersIn = (text = ''): number => text.match(/^\s*\[\[\s*["']?runners["']?\s*\]\]/gim)?.length ?? 0;

// A version that cannot be read has no tokens to speak of; who goes back from it must not be kept from that.
async function restoredBy(path: string, { present, before }: Versions): Promise<readonly RestoredToken[]> {
  if (present === undefined) return [];
  const [{ readConfig }, { restoredTokens }, { sameGitlab }] = await Promise.all([
    import('../config/read.ts'),
    import('../runner/restored-tokens.ts'),
    import('../gitlab/url.ts'),
  ]);
  try {
    const [now, then] = [await readConfig(present, path), await readConfig(before, path)];
    return restoredTokens(now.runners, then.runners, sameGitlab);
  } catch (error) {
    if (error instanceof Trouble) return [];
    throw error;
  }
}
