import { type Table, textIn } from '../config/model.ts';
import { shorten } from '../settings/credential.ts';

/** One runner of the file, with its position (from 0). */
export interface RunnerEntry {
  readonly at: number;
  readonly runner: Table;
}

/** Every runner of the file with its position. */
export const entriesIn = (runners: readonly Table[]): RunnerEntry[] =>
  runners.map((runner, at) => ({ at, runner }));

/**
 * The runners that the word of a person means: `#2` is the position (from 1), else the exact name, else the id in
 * GitLab, else the beginning of the token (with its prefix, six characters at least).
 */
export function selectRunners(runners: readonly Table[], word: string): RunnerEntry[] {
  const places = entriesIn(runners);
  const position = /^#(\d+)$/.exec(word)?.[1];
  if (position !== undefined) return places.filter(({ at }) => at === Number(position) - 1);
  const ways: ((place: RunnerEntry) => boolean)[] = [
    ({ runner }) => textIn(runner, 'name') === word,
    ({ runner }) => /^\d+$/.test(word) && idOf(runner) === Number(word),
    ({ runner }) => word.length >= 6 && textIn(runner, 'token').startsWith(word),
  ];
  for (const way of ways) {
    const found = places.filter(way);
    if (found.length > 0) return found;
  }
  return [];
}

/** The id that GitLab gave a runner; nothing when the file does not know it. */
export function idOf(runner: Table): number | undefined {
  const { id } = runner;
  return typeof id === 'number' && id > 0 ? id : undefined;
}

/** What a runner is called in sentences: its position and, when it has one, its name. */
export function nameOf({ at, runner }: RunnerEntry): string {
  const name = textIn(runner, 'name');
  return name === '' ? `#${at + 1}` : `#${at + 1} "${name}"`;
}

/** A runner in one line, to tell it from others: position, name, URL, executor, short token. */
export function lineOf(place: RunnerEntry): string {
  const { runner } = place;
  const parts = [textIn(runner, 'url'), textIn(runner, 'executor'), shownToken(textIn(runner, 'token'))];
  return [nameOf(place), ...parts].filter((part) => part !== '').join(' ');
}

/** A token as it may be shown; a reference to a variable is shown whole. */
export const shownToken = (token: string): string =>
  /^\$(\w+|\{\w+\})$/.test(token) ? token : shorten(token);
