import { allKeys, type FoundKey } from '../../app/config-keys.ts';
import { commonGlobals, commonPaths } from '../../runner/common-keys.ts';
import { appliesTo } from '../../settings/executors.ts';
import { type SettingName, table } from '../../settings/table.ts';
import { settingAt, wordsOnKey } from '../../settings/toml-keys.ts';
import type { Entry } from '../../terminal/ask.ts';
import { alignedEntries, type Draft, type EntryRow, type KeyRef, rowFor } from './draft.ts';
import { keptNames, keptWord, rowForKept } from './kept.ts';

/** Something that can be found: its name, and all that is said of it. */
interface Findable {
  readonly name: string;
  readonly text: string;
  /** Whether it is one of those that people change. */
  readonly isCommon: boolean;
  row(): EntryRow;
}

/**
 * Every setting of a place, and what GitLab keeps about its runner, that has all the words in its path, its flag, its
 * name or its description. What is called so comes first, then what begins so; of each, what people change.
 */
export function findEntries(draft: Draft, at: 'global' | number, words: string, width: number): Entry[] {
  const terms = termsIn(words);
  const found = findables(draft, at)
    .map((one) => ({ one, rank: rankOf(one, terms) }))
    .filter(({ rank }) => rank < notFound)
    .sort((a, b) => a.rank - b.rank || Number(b.one.isCommon) - Number(a.one.isCommon));
  return alignedEntries(
    found.map(({ one }) => one.row()),
    width,
  );
}

/** Of the entries of a menu: those whose name begins with the words, and those whose description has them. */
export function entriesFor(
  entries: readonly Entry[],
  words: string,
): { called: Entry[]; described: Entry[] } {
  const terms = termsIn(words);
  if (terms.length === 0) return { called: [], described: [] };
  const isCalled = ({ name }: Entry) => name.toLowerCase().startsWith(words.trimStart().toLowerCase());
  const isDescribed = ({ line = '' }: Entry) => terms.every((term) => line.toLowerCase().includes(term));
  const called = entries.filter(isCalled);
  return { called, described: entries.filter((entry) => !isCalled(entry) && isDescribed(entry)) };
}

const termsIn = (words: string): string[] =>
  words
    .toLowerCase()
    .split(/\s+/)
    .filter((term) => term !== '');

const notFound = 5;

function rankOf({ name, text }: Findable, terms: readonly string[]): number {
  const path = name.toLowerCase();
  const parts = path.split(/[.\-_]/);
  const [whole, names] = [terms.join(' '), [path, path.split('.').at(-1)!]];
  if (names.includes(whole)) return 0;
  if (names.some((one) => one.startsWith(whole))) return 1;
  if (terms.every((term) => parts.some((part) => part.startsWith(term)))) return 2;
  if (terms.every((term) => path.includes(term))) return 3;
  return terms.every((term) => text.includes(term)) ? 4 : notFound;
}

function findables(draft: Draft, at: 'global' | number): Findable[] {
  const common = at === 'global' ? commonGlobals : commonPaths(draft.executorAt(at));
  const ofFile = refsAt(draft, at).map((ref) => ({
    name: ref.key.path.join('.'),
    isCommon: common.includes(ref.key.path.join('.')),
    text: textOn(ref.key),
    row: () => rowFor(draft, ref),
  }));
  if (at === 'global') return ofFile;
  const kept = keptNames.map((name) => ({
    name: keptWord(name),
    isCommon: true,
    text: textOf(name),
    row: () => rowForKept(draft, at, name),
  }));
  return [...ofFile, ...kept];
}

function refsAt(draft: Draft, at: 'global' | number): KeyRef[] {
  const globals = [...allKeys('global')].map((key): KeyRef => ({ at: 'global', key }));
  if (at === 'global') return globals;
  const executor = draft.executorAt(at);
  const own = [...allKeys('runner')].filter((key) => appliesTo(key.path.join('.'), executor));
  return [...own.map((key): KeyRef => ({ at, key })), ...globals];
}

function textOn({ level, path }: FoundKey): string {
  const name = settingAt(level, path);
  const words = [path.join('.'), wordsOnKey(level, path) ?? ''].join(' ').toLowerCase();
  return name === undefined ? words : `${words} ${textOf(name)}`;
}

const textOf = (name: SettingName): string =>
  [name, table[name].flag, table[name].ask ?? '', table[name].doc, table[name].kind.choices ?? '']
    .join(' ')
    .toLowerCase();
