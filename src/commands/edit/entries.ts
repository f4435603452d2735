import { allKeys, type FoundKey } from '../../app/config-keys.ts';
import { textIn } from '../../config/model.ts';
import { commonGlobals, commonPaths } from '../../runner/common-keys.ts';
import { appliesTo } from '../../settings/executors.ts';
import { table } from '../../settings/table.ts';
import { settingAt, wordsOnKey } from '../../settings/toml-keys.ts';
import type { Entry } from '../../terminal/ask.ts';
import { type Drafting, type Spot, wordOf } from './draft.ts';
import { shownValue } from './output.ts';

/** The settings of a runner that people change, with their present values. */
export function runnerEntries(draft: Drafting, at: number, width: number): Entry[] {
  const paths = commonPaths(textIn(draft.config.runners[at]!, 'executor'));
  return entriesFor(
    draft,
    paths.map((path) => draft.spotOf(`${at} ${path}`)),
    width,
  );
}

/** The global settings that people change. */
export const globalEntries = (draft: Drafting, width: number): Entry[] =>
  entriesFor(
    draft,
    commonGlobals.map((path) => draft.spotOf(`global ${path}`)),
    width,
  );

/** Every setting that has all the words in its path, its flag, its name or its description; and the way back. */
export function findEntries(
  draft: Drafting,
  at: 'global' | number,
  words: string | undefined,
  width: number,
): Entry[] {
  const terms = (words ?? '')
    .toLowerCase()
    .split(/\s+/)
    .filter((term) => term !== '');
  const found = everySpot(draft, at).filter(({ key }) => {
    const text = textOn(key);
    return terms.every((term) => text.includes(term));
  });
  // What is named so comes before what only speaks of it.
  const isNamed = ({ key }: Spot) => terms.every((term) => key.path.join('.').toLowerCase().includes(term));
  const sorted = [...found.filter(isNamed), ...found.filter((spot) => !isNamed(spot))];
  const back = found.length === 0 ? `Nothing found for "${(words ?? '').trim()}"; back` : 'Back';
  return [...entriesFor(draft, sorted, width), { value: 'back', name: back }];
}

function everySpot({ config }: Drafting, at: 'global' | number): Spot[] {
  const globals = [...allKeys('global')].map((key): Spot => ({ at: 'global', key }));
  if (at === 'global') return globals;
  const executor = textIn(config.runners[at]!, 'executor');
  const own = [...allKeys('runner')].filter((key) => appliesTo(key.path.join('.'), executor));
  return [...own.map((key): Spot => ({ at, key })), ...globals];
}

function textOn({ level, path }: FoundKey): string {
  const name = settingAt(level, path);
  const more = name === undefined ? [] : [name, table[name].flag, table[name].ask ?? ''];
  return [path.join('.'), wordsOnKey(level, path) ?? '', ...more].join(' ').toLowerCase();
}

/** Entries for some settings, with their present values. */
export function entriesFor(draft: Drafting, spots: readonly Spot[], width: number): Entry[] {
  const column = Math.min(Math.max(0, ...spots.map(({ key }) => nameOf(key).length)), 40);
  return spots.map((spot) => {
    const { key } = spot;
    const line = wordsOnKey(key.level, key.path);
    const room = Math.max(width - column - 8, 5);
    return {
      value: wordOf(spot),
      name: `${nameOf(key).padEnd(column)} ${draft.isChanged(spot) ? '*' : ' '} ${cut(valueIn(draft, spot), room)}`,
      ...(line !== undefined && { line }),
    };
  });
}

const nameOf = ({ path }: FoundKey): string => path.join('.');

const valueIn = (draft: Drafting, spot: Spot): string =>
  shownValue(spot.key.level, spot.key.path, draft.valueAt(spot)) ?? '-';

const cut = (text: string, room: number): string =>
  text.length > room ? `${text.slice(0, room - 1)}…` : text;
