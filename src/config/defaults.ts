import { keyOf, keysAt, knownName } from './keys.ts';
import { DateTime, Float, isTable, isTables, type Table, type Value } from './model.ts';
import { writeKey, writeValue } from './write.ts';

/** One key of a runner with its value, as it would be written. */
interface Written {
  /** Below `[[runners]]`, such as `docker.image` or `docker.services[0].name`. */
  readonly key: string;
  readonly path: readonly string[];
  readonly value: string;
  /** What gitlab-runner takes when the key is absent: the zero of its type, `none` in a map; nothing for a key it does not know. */
  readonly usual: string | undefined;
  readonly isUsual: boolean;
}

/** Lists every key of a runner in the order of the file, its tables behind its own keys. */
export function writtenKeys(runner: Table): Written[] {
  return leavesOf(runner, ['runners', '0'], '');
}

function leavesOf(table: Table, path: string[], name: string): Written[] {
  const keys = Object.keys(table);
  const isBelow = (key: string) => isTable(table[key]) || isTables(table[key]);
  return [...keys.filter((key) => !isBelow(key)), ...keys.filter(isBelow)].flatMap((key) => {
    const value = table[key]!;
    const here = name === '' ? writeKey(key) : `${name}.${writeKey(key)}`;
    if (isTables(value)) {
      return value.flatMap((item, at) => leavesOf(item, [...path, key, String(at)], `${here}[${at}]`));
    }
    if (isTable(value) && Object.keys(value).length > 0) return leavesOf(value, [...path, key], here);
    return [writtenKey(value, [...path, key], here)];
  });
}

function writtenKey(value: Value, path: string[], key: string): Written {
  const usual = usualAt(path);
  const shown = writeValue(value);
  return { key, path, value: shown, usual, isUsual: shown === usual || isZero(value) };
}

// A pull policy or a duration of nothing may be written in several ways.
const isZero = (value: Value): boolean =>
  value === '' || value === 0 || value === false || (Array.isArray(value) && value.length === 0);

function usualAt(path: string[]): string | undefined {
  const keys = keysAt(path.slice(0, -1));
  if (keys === 'map') return 'none';
  const name = keys === undefined ? undefined : knownName(keys, path.at(-1)!);
  const key = keys === undefined || name === undefined ? undefined : keyOf(keys, name);
  if (key === undefined) return undefined;
  if (key.kind !== 'value') return key.kind === 'table' ? '{}' : '[]';
  const { type } = key;
  if (type === 'policies' || type.endsWith('[]')) return '[]';
  if (type.startsWith('map')) return '{}';
  if (type === 'datetime') return writeValue(new DateTime('0001-01-01T00:00:00Z'));
  if (type === 'float') return writeValue(new Float(0));
  return { string: '""', int: '0', bool: 'false', duration: '"0s"' }[type as 'string'];
}
