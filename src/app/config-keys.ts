import { globalKeys, type Keys, keyOf, knownName, runnerKeys, type ValueType } from '../config/keys.ts';
import { exitCode, Trouble } from '../errors.ts';
import { livesAtGitlab } from '../settings/rules.ts';
import { settingNames, table } from '../settings/table.ts';
import type { Level } from '../settings/toml-keys.ts';
import { nearest } from '../text/closest.ts';

/** A key of config.toml as gitlab-runner knows it; `keys` is what a table, or each table of a list, may hold. */
export interface FoundKey {
  readonly level: Level;
  readonly path: readonly string[];
  readonly type: ValueType | 'table' | 'tables' | 'unknown';
  readonly keys?: Keys;
}

/** Finds the key at a path; throws for one that gitlab-runner does not know, unless that is `forced`. */
export function findKey(level: Level, path: readonly string[], from: string, forced = false): FoundKey {
  let keys = topOf(level);
  const done: string[] = [];
  for (let at = 0; at < path.length; at++) {
    const name = knownName(keys, path[at]!);
    if (name === undefined) {
      if (forced) return { level, path: [...done, ...path.slice(at)], type: 'unknown' };
      throw unknownKey(level, path, done, keys, from);
    }
    const key = keyOf(keys, name)!;
    done.push(name);
    const rest = path.slice(at + 1);
    if (key.kind === 'value') return withinValue({ level, path: done, type: key.type }, rest, from);
    if (rest.length === 0) return { level, path: done, type: key.kind, keys: key.keys };
    if (key.kind === 'tables' && /^\d+$/.test(rest[0]!)) {
      done.push(rest[0]!);
      at++;
      if (rest.length === 1) return { level, path: done, type: 'table', keys: key.keys };
    }
    keys = key.keys;
  }
  return { level, path: done, type: 'table', keys };
}

/** Every key that gitlab-runner knows at this level, in its order; those inside lists of tables are left to their list. */
export function* allKeys(level: Level, keys = topOf(level), above: string[] = []): Generator<FoundKey> {
  for (const name of Object.keys(keys)) {
    const key = keyOf(keys, name)!;
    const path = [...above, name];
    if (key.kind === 'value') yield { level, path, type: key.type };
    else if (key.kind === 'tables') yield { level, path, type: 'tables', keys: key.keys };
    else yield* allKeys(level, key.keys, path);
  }
}

/** Refuses names inside a table given as a whole that gitlab-runner does not know. */
export function checkNames(value: unknown, { keys, path, level }: FoundKey, from: string): void {
  if (keys === undefined || typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) checkNames(item, { keys, path, level, type: 'table' }, from);
    return;
  }
  for (const [name, inner] of Object.entries(value)) {
    const found = findKeyBelow(level, keys, name, path, from);
    if (found.keys !== undefined) checkNames(inner, found, from);
  }
}

const topOf = (level: Level): Keys => (level === 'global' ? globalKeys : runnerKeys);

function findKeyBelow(
  level: Level,
  keys: Keys,
  name: string,
  path: readonly string[],
  from: string,
): FoundKey {
  const known = knownName(keys, name);
  if (known === undefined) throw unknownKey(level, [...path, name], path, keys, from);
  const key = keyOf(keys, known)!;
  const here = [...path, known];
  return key.kind === 'value'
    ? { level, path: here, type: key.type }
    : { level, path: here, type: key.kind, keys: key.keys };
}

// The keys of a map are free, and may have dots in them.
function withinValue(key: FoundKey, rest: readonly string[], from: string): FoundKey {
  if (rest.length === 0) return key;
  const [, inner] = /^map<string,(.*)>$/.exec(key.type) ?? [];
  if (inner === 'any') return { ...key, path: [...key.path, ...rest], type: 'unknown' };
  if (inner !== undefined) return { ...key, path: [...key.path, rest.join('.')], type: inner as ValueType };
  throw new Trouble(`${from}: ${key.path.join('.')} is a value, so it cannot contain "${rest.join('.')}".`, {
    code: exitCode.usage,
    ...(key.type.endsWith(']') && { hint: 'Use --add and --remove to change a list.' }),
  });
}

function unknownKey(
  level: Level,
  path: readonly string[],
  above: readonly string[],
  keys: Keys,
  from: string,
): Trouble {
  const guess = guessFor(level, path, above, keys);
  const place = level === 'global' ? 'global' : 'runner';
  const known = guess === undefined ? '' : ` Did you mean ${guess}?`;
  return new Trouble(`${from}: ${path.join('.')} is not a ${place} key.${known}`, {
    hint: adviceOn(level, path) ?? 'If a newer gitlab-runner has this key, add --force to write it.',
    code: exitCode.usage,
  });
}

function guessFor(level: Level, path: readonly string[], above: readonly string[], keys: Keys) {
  const here = nearest(path[above.length] ?? '', Object.keys(keys));
  if (here !== undefined) return [...above, here, ...path.slice(above.length + 1)].join('.');
  const all = [...allKeys(level)].map((key) => key.path.join('.'));
  return all.find((one) => one.endsWith(`.${path.at(-1)}`)) ?? nearest(path.join('.'), all);
}

function adviceOn(level: Level, path: readonly string[]): string | undefined {
  const [first = ''] = path;
  if (level === 'runner' && knownName(globalKeys, first) !== undefined)
    return 'This is a global key: add --global.';
  if (level === 'global' && knownName(runnerKeys, first) !== undefined)
    return 'This key belongs to a runner: omit --global.';
  const kept = settingNames.find((name) => livesAtGitlab(name) && keptNames(name).includes(path.at(-1)!));
  return kept && `GitLab stores this setting. To change it there: ${table[kept].flag} with --access-token`;
}

const keptNames = (name: (typeof settingNames)[number]): string[] => {
  const { api = '' } = table[name];
  return [api, api.replace('_list', 's'), api.replaceAll('_', '-')];
};
