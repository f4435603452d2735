import { typedValue } from '../config/canonical.ts';
import {
  globalKeys,
  type Key,
  type Keys,
  keyOf,
  knownName,
  runnerKeys,
  type ValueType,
} from '../config/keys.ts';
import { readDate, type Value } from '../config/model.ts';
import { writeKey, writeValue } from '../config/write.ts';
import { factsOn } from '../settings/key-facts.ts';
import type { Kind } from '../settings/kinds.ts';
import { table } from '../settings/table.ts';
import { kindOfKey, type Level, settingAt } from '../settings/toml-keys.ts';

/** All that is known about one key or table of config.toml. */
export interface Explained {
  readonly level: Level;
  /** Its path at its level, such as `docker.image`; without positions in lists of tables. */
  readonly path: readonly string[];
  /** The same as `edit` takes it, with the first position behind each list of tables. */
  readonly placed: readonly string[];
  /** Its path from the top of the file, such as `runners.docker.image`. */
  readonly key: string;
  /** The type of the value; `table`, or `tables` for a list of tables. */
  readonly type: ValueType | 'table' | 'tables';
  /** The header of its table, such as `[runners.docker]`, or its own; nothing at the top of the file. */
  readonly header: string | undefined;
  readonly description: string | undefined;
  /** What gitlab-runner takes without the key. */
  readonly default: Value | undefined;
  /** The same in words, where it depends on something. */
  readonly defaultWords: string | undefined;
  /** The version of gitlab-runner that brought it, where its documentation says so. */
  readonly since: string | undefined;
  /** A line of config.toml; nothing for a table. */
  readonly example: string | undefined;
  readonly flag: string | undefined;
  readonly variable: string | undefined;
  /** The words that are allowed, where only a few are. */
  readonly choices: readonly string[] | undefined;
  readonly isSecret: boolean;
}

/**
 * Explains the key or table at a path (`docker.image` at the level of runners; positions in lists of tables may stand in
 * it). A key of a map is explained as the map. Nothing for a path that gitlab-runner does not know.
 */
export function explainKey(level: Level, path: readonly string[]): Explained | undefined {
  const found = placeOf(level, path);
  return found && explainPlace(found);
}

/** Explains every key and table that gitlab-runner knows at a level, in its order. */
export function* explainAll(level: Level): Generator<Explained> {
  for (const place of placesIn({ level, path: [], placed: [], keys: topOf(level) }))
    yield explainPlace(place);
}

/** Explains what stands directly in a table. */
export function explainInside({ level, path }: Pick<Explained, 'level' | 'path'>): Explained[] {
  return [...explainAll(level)].filter(
    (one) => one.path.length === path.length + 1 && path.every((name, at) => one.path[at] === name),
  );
}

/** A key with the way to it: by names alone, and with a position behind each list of tables. */
interface Place {
  readonly level: Level;
  readonly path: readonly string[];
  readonly placed: readonly string[];
  readonly key: Key;
}

const topOf = (level: Level): Keys => (level === 'global' ? globalKeys : runnerKeys);

function* placesIn({ level, path, placed, keys }: Omit<Place, 'key'> & { keys: Keys }): Generator<Place> {
  for (const name of Object.keys(keys)) {
    const place = { level, path: [...path, name], placed: [...placed, name], key: keyOf(keys, name)! };
    yield place;
    if (place.key.kind !== 'value') yield* placesIn({ ...place, ...insideOf(place), keys: place.key.keys });
  }
}

const insideOf = ({ placed, key }: Place) => ({ placed: key.kind === 'tables' ? [...placed, '0'] : placed });

function placeOf(level: Level, words: readonly string[]): Place | undefined {
  let place: Place | undefined;
  for (const word of words.filter((part) => !/^\d+$/.test(part))) {
    if (place?.key.kind === 'value') return place.key.type.startsWith('map<') ? place : undefined;
    const keys = place === undefined ? topOf(level) : place.key.keys;
    const name = knownName(keys, word);
    if (name === undefined) return undefined;
    const { path, placed } =
      place === undefined ? { path: [], placed: [] } : { ...place, ...insideOf(place) };
    place = { level, path: [...path, name], placed: [...placed, name], key: keyOf(keys, name)! };
  }
  return place;
}

function explainPlace(place: Place): Explained {
  const { level, path, key } = place;
  const setting = settingAt(level, path);
  const isTable = key.kind !== 'value';
  const whole = level === 'runner' ? ['runners', ...path] : path;
  const kind = isTable ? undefined : kindOfKey(level, path, key.type);
  const facts = factsOn(level, path);
  return {
    level,
    path,
    placed: place.placed,
    key: whole.map(writeKey).join('.'),
    type: isTable ? key.kind : key.type,
    header: headerOf(place),
    ...facts,
    default: defaultOf(place, facts),
    example: kind && exampleOf(place, kind, facts.example),
    flag: setting && table[setting].flag,
    variable: setting && table[setting].env,
    choices: kind?.choices,
    isSecret: kind?.name === 'secret',
  };
}

function headerOf({ level, path, placed, key }: Place): string | undefined {
  const names = key.kind === 'value' ? path.slice(0, -1) : path;
  const inList = key.kind === 'tables' || (key.kind === 'value' && placed.at(-2) === '0');
  if (level === 'runner' && names.length === 0) return '[[runners]]';
  if (names.length === 0) return undefined;
  const name = (level === 'runner' ? ['runners', ...names] : names).map(writeKey).join('.');
  return inList ? `[[${name}]]` : `[${name}]`;
}

// gitlab-runner reads a switch that is absent as false, but for those that may be neither.
function defaultOf(place: Place, facts: Pick<Explained, 'defaultWords'> & { default: unknown }) {
  const { key } = place;
  if (key.kind !== 'value' || facts.defaultWords !== undefined) return undefined;
  if (facts.default !== undefined) return typed(place, facts.default);
  return key.type === 'bool' && key.written !== 'set' ? false : undefined;
}

function exampleOf(place: Place, kind: Kind, word = usualWord(place, kind)): string {
  const { key, path } = place;
  const type = key.kind === 'value' ? key.type : '';
  const name = writeKey(path.at(-1)!);
  return `${name} = ${writeValue(typed(place, exampleValue(type, kind, word)))}`;
}

function usualWord(place: Place, kind: Kind): string {
  if (kind.choices !== undefined) return kind.choices[0]!;
  const type = place.key.kind === 'value' ? place.key.type : '';
  if (type === 'bool') return 'true';
  if (type === 'int') return '10';
  return kind.hint.replace(/[^A-Z]/g, '') || 'TEXT';
}

function exampleValue(type: string, kind: Kind, word: string): unknown {
  if (type.startsWith('map<')) return kind.read([word]);
  if (type.endsWith('[]') || type === 'policies') return [/^(int|float)/.test(type) ? Number(word) : word];
  if (type === 'bool') return word === 'true';
  if (type === 'datetime') return readDate(word);
  return type === 'int' || type === 'float' ? Number(word) : word;
}

const typed = ({ level, placed }: Place, value: unknown): Value =>
  typedValue(level === 'global' ? 'global' : 0, placed, value);
