import { type Explained, explainAll, explainInside, explainKey } from '../../app/explain-key.ts';
import { exitCode, Trouble } from '../../errors.ts';
import { livesAtGitlab } from '../../settings/rules.ts';
import { type SettingName, settingNames, table } from '../../settings/table.ts';
import type { Level } from '../../settings/toml-keys.ts';
import { nearest } from '../../text/closest.ts';
import { shellLine } from '../../text/shell-quote.ts';

/** A description without the backticks that it has for pages. */
export const bare = (text: string): string => text.replaceAll('`', '');

/** What is explained: a key, or a table with what stands directly in it. */
export interface Subject {
  /** A key, or a table that is not the whole file. */
  readonly about?: Explained;
  readonly header: string | undefined;
  readonly description: string | undefined;
  /** What stands in a table; nothing for a key. */
  readonly keys?: readonly Explained[];
}

/** The top of the file as a table: the global keys, and the list of runners. */
export const topOfFile = (): Subject => ({
  header: undefined,
  description: 'The top of config.toml: settings for all runners of this host',
  keys: [...explainInside({ level: 'global', path: [] }), listOfRunners],
});

const none = { default: undefined, defaultWords: undefined, since: undefined, example: undefined };

// No key of either level: the list between them.
const listOfRunners: Explained = {
  ...none,
  level: 'global',
  path: ['runners'],
  placed: ['runners', '0'],
  key: 'runners',
  type: 'tables',
  header: '[[runners]]',
  description: 'The [[runners]] entries, one for each runner of this host',
  flag: undefined,
  variable: undefined,
  choices: undefined,
  isSecret: false,
};

/**
 * What a word of a person means: a path such as `docker.image`, `runners.docker`, or `[runners.docker]`, or the flag or the
 * variable of a setting. Several where a path is known at both levels. Throws for anything else, and names what is near.
 */
export function subjectsFor(word: string): Subject[] {
  const name = word.trim().replace(/^\[+|\]+$|\.$/g, '');
  const path = pathIn(name);
  if (path[0]?.toLowerCase() === 'runners') {
    if (path.length === 1) return [runners()];
    const found = explainKey('runner', path.slice(1));
    if (found !== undefined) return [subjectOf(found)];
    throw unknown(word, name);
  }
  const found = (['global', 'runner'] as const).flatMap((level) => explainKey(level, path) ?? []);
  if (found.length > 0) return found.map(subjectOf);
  const setting = settingCalled(name);
  if (setting === undefined) throw unknown(word, name);
  return [subjectOf(keyOf(setting, word))];
}

const runners = (): Subject => ({
  header: '[[runners]]',
  description: 'A runner: one list entry for each',
  keys: explainInside({ level: 'runner', path: [] }),
});

function subjectOf(about: Explained): Subject {
  const { header, description, type } = about;
  return {
    about,
    header,
    description,
    ...(/^tables?$/.test(type) && { keys: explainInside(about) }),
  };
}

// Names of maps may hold dots in quotes; positions stand as `.0.` or `[0]`.
const pathIn = (name: string): string[] =>
  [...name.matchAll(/"([^"]*)"|'([^']*)'|([^.[\]"']+)/g)].map(
    ([, one, two, bare]) => one ?? two ?? bare!.trim(),
  );

function settingCalled(name: string): SettingName | undefined {
  const word = name.replace(/^(\$|--?)/, '');
  return settingNames.find((one) => {
    const { flag, alias, env, shellEnv } = table[one];
    const isFlag = [flag, alias].includes(`--${word.replaceAll('_', '-')}`);
    return isFlag || (word !== '' && [env, shellEnv].includes(word));
  });
}

function keyOf(name: SettingName, word: string): Explained {
  const { toml, global, flag, doc } = table[name];
  const level: Level = toml === undefined ? 'global' : 'runner';
  const found = explainKey(level, (toml ?? global ?? '').split('.'));
  if (found !== undefined) return found;
  throw new Trouble(
    `"${word}" is not a key of config.toml: it is the flag ${flag} of register (${bare(doc)}).`,
    {
      hint: livesAtGitlab(name)
        ? `GitLab stores this setting. To change it there: ${flag} with --access-token`
        : 'To see every flag: runner-setup register --help-all',
      code: exitCode.usage,
    },
  );
}

function unknown(word: string, name: string): Trouble {
  const near = nearKeys(name);
  const guess = near.length === 0 ? '' : ` Did you mean ${near.join(', or ')}?`;
  return new Trouble(`gitlab-runner has no key "${word}".${guess}`, {
    hint:
      near.length === 0
        ? `List the keys: ${listAround(pathIn(name))}`
        : `runner-setup ${shellLine(['explain', ...near])}`,
    code: exitCode.usage,
  });
}

// The nearest table around it that there is.
function listAround(path: readonly string[]): string {
  const isRunner = path[0]?.toLowerCase() === 'runners';
  const inside = isRunner ? path.slice(1) : path;
  const tables = [...inside.keys()].reverse().flatMap((length) => tableAt(inside.slice(0, length)) ?? []);
  return ['runner-setup explain', tables[0]?.key ?? (isRunner ? 'runners' : [])].flat().join(' ');
}

const tableAt = (path: readonly string[]): Explained | undefined =>
  path.length === 0
    ? undefined
    : (['global', 'runner'] as const)
        .map((level) => explainKey(level, path))
        .find((one) => one !== undefined && /^tables?$/.test(one.type));

// What ends so is meant more likely than what is written nearly so.
function nearKeys(name: string): string[] {
  const all = [...explainAll('global'), ...explainAll('runner')].map(({ key }) => key);
  const last = pathIn(name).at(-1)?.toLowerCase() ?? '';
  const ending = all.filter((key) => key.toLowerCase().endsWith(`.${last}`));
  if (ending.length > 0) return ending.sort((a, b) => a.length - b.length).slice(0, 3);
  const close = nearestEnd(pathIn(name), all);
  return close === undefined ? [] : [close];
}

// In the table that was named, else in the one that is nearest to the top.
function nearestEnd(path: readonly string[], all: readonly string[]): string | undefined {
  const endOf = (key: string) => key.slice(key.lastIndexOf('.') + 1);
  const end = nearest(path.at(-1) ?? '', [...new Set(all.map(endOf))]);
  const found = all.filter((key) => endOf(key) === end).sort((a, b) => a.length - b.length);
  const table = `.${path.slice(0, -1).join('.')}.${end}`.toLowerCase();
  return found.find((key) => `.${key}`.toLowerCase().endsWith(table)) ?? found[0];
}
