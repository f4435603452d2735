import { type Table, textIn } from '../config/model.ts';
import type { SameGitlab } from './identity.ts';
import { entriesIn, idOf, nameOf, obtainedOf, type RunnerEntry } from './select.ts';

/** A runner whose token another version of the file would bring back: in place of a later one, or with its entry. */
export interface RestoredToken extends RunnerEntry {
  readonly as: 'former-token' | 'entry';
}

/**
 * The runners of the version `before` whose token the file of now does not have. A token that was obtained after the one
 * that stands there now is none of them: that is the way forward again.
 */
export function restoredTokens(
  now: readonly Table[],
  before: readonly Table[],
  same: SameGitlab,
): readonly RestoredToken[] {
  const isAt = (one: Table, other: Table) => same(textIn(one, 'url'), textIn(other, 'url'));
  const hasToken = (runners: readonly Table[], wanted: Table) =>
    runners.some((one) => textIn(one, 'token') === textIn(wanted, 'token') && isAt(one, wanted));
  return entriesIn(before).flatMap(({ at, runner }): RestoredToken[] => {
    if (textIn(runner, 'token') === '' || hasToken(now, runner)) return [];
    const successor = now.find((one) => isSame(one, runner) && isAt(one, runner) && !hasToken(before, one));
    if (successor === undefined) return [{ at, runner, as: 'entry' }];
    return isLater(runner, successor) ? [] : [{ at, runner, as: 'former-token' }];
  });
}

function isSame(one: Table, other: Table): boolean {
  const [id, otherId] = [idOf(one), idOf(other)];
  if (id !== undefined && otherId !== undefined) return id === otherId;
  return textIn(one, 'name') === textIn(other, 'name');
}

function isLater(one: Table, other: Table): boolean {
  const [obtained, otherwise] = [obtainedOf(one), obtainedOf(other)];
  return obtained !== undefined && (otherwise === undefined || obtained > otherwise);
}

/** What has to be minded about a runner that comes back, in one or two sentences. */
export function wordsOnRestored(restored: RestoredToken): string {
  const who = `${nameOf(restored)} at ${textIn(restored.runner, 'url')}`;
  return restored.as === 'entry'
    ? `${who} comes back to the file only: if it was removed in GitLab, its token works no longer; runner-setup verify tells.`
    : `${who} gets its former token back, in place of another one. If the token was reset, GitLab takes the former no longer, and the runner gets no jobs; runner-setup verify tells.`;
}
