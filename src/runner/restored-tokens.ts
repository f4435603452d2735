import { type Table, textIn } from '../config/model.ts';
import { grouped } from '../text/grouped.ts';
import type { SameGitlab } from './identity.ts';
import { entriesIn, idOf, nameOf, obtainedOf, type RunnerEntry } from './select.ts';

/**
 * A runner whose token another version of the file would bring back: in place of a later token of it, in place of the
 * runner of its name that replaced it, or with its entry.
 */
export interface RestoredToken extends RunnerEntry {
  readonly as: 'former-token' | 'former-runner' | 'entry';
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
  const [isNow, wasBefore] = [now, before].map((runners) => {
    const byToken = grouped(runners, (one) => textIn(one, 'token'));
    return (wanted: Table) => byToken.get(textIn(wanted, 'token'))?.some((one) => isAt(one, wanted)) ?? false;
  });
  const likeIt = lookingAlike(now);
  const byName = grouped(entriesIn(now), ({ runner }) => textIn(runner, 'name'));
  const ofName = (runner: Table) => byName.get(textIn(runner, 'name')) ?? [];
  return entriesIn(before).flatMap(({ at, runner }): RestoredToken[] => {
    if (textIn(runner, 'token') === '' || isNow!(runner)) return [];
    const isNew = (one: RunnerEntry) => isAt(one.runner, runner) && !wasBefore!(one.runner);
    const successor = likeIt(runner).find(isNew);
    if (successor !== undefined)
      return isLater(runner, successor.runner) ? [] : [{ at, runner, as: 'former-token' }];
    const replacement = ofName(runner).find(isNew);
    const isFormer = replacement !== undefined && !isLater(runner, replacement.runner);
    return [{ at, runner, as: isFormer ? 'former-runner' : 'entry' }];
  });
}

/** Finds the runners with the id of another one, or with its name where one of the two has no id, in their order. */
function lookingAlike(runners: readonly Table[]): (runner: Table) => readonly RunnerEntry[] {
  const all = entriesIn(runners);
  const name = ({ runner }: Pick<RunnerEntry, 'runner'>) => textIn(runner, 'name');
  const byId = grouped(all, ({ runner }) => idOf(runner));
  const byName = grouped(all, name);
  const withoutId = grouped(byId.get(undefined) ?? [], name);
  return (runner) => {
    const id = idOf(runner);
    if (id === undefined) return byName.get(name({ runner })) ?? [];
    const alike = [...(byId.get(id) ?? []), ...(withoutId.get(name({ runner })) ?? [])];
    return alike.sort((one, other) => one.at - other.at);
  };
}

function isLater(one: Table, other: Table): boolean {
  const [obtained, otherwise] = [obtainedOf(one), obtainedOf(other)];
  return obtained !== undefined && (otherwise === undefined || obtained > otherwise);
}

/** What has to be minded about a runner that comes back, in one or two sentences. */
export function wordsOnRestored(restored: RestoredToken): string {
  const who = `${nameOf(restored)} at ${textIn(restored.runner, 'url')}`;
  return `${who} ${wordsOn[restored.as]} To check it: runner-setup verify`;
}

const wordsOn: Readonly<Record<RestoredToken['as'], string>> = {
  entry: 'is only restored in config.toml. If it was removed in GitLab, its token no longer works.',
  'former-runner':
    'is replaced with an earlier runner. If that runner was removed in GitLab, its token no longer works, and it gets no jobs.',
  'former-token':
    'gets an earlier token. If the token was reset, GitLab no longer accepts the earlier one, and the runner gets no jobs.',
};
