import { Trouble } from '../errors.ts';
import { readDate } from './dates.ts';
import { keyOf } from './keys.ts';
import {
  adopt,
  exactKey,
  hasItem,
  isTable,
  type PathChange,
  type Table,
  type Value,
  valueAt,
  withAdded,
  withoutValues,
} from './model.ts';
import { keysAt, knownName } from './order.ts';
import { isForbiddenKey } from './parse.ts';

/** The value that a path, spelled as in the file, is to have after a change; undefined when the key is to go. */
export function valueAfter(root: Table, path: string[], change: PathChange): Value | undefined {
  if (change.do === 'set') return fitting(adopt(change.value), path);
  if (change.do === 'unset') return undefined;
  const old = valueAt(root, path, exactKey);
  const values = change.values.map(adopt);
  const list = listOf(old, path);
  if (change.do === 'add') return values.length === 0 ? old : withAdded(list, values);
  if (old === undefined) return undefined;
  const left = withoutValues(list, values);
  return left.length === list.length ? old : left;
}

/** Trouble when a path cannot be gone, because something on the way is no table. */
export function checkPath(file: string, root: Table, path: string[]): void {
  const bad = path.find(isForbiddenKey);
  if (bad !== undefined) throw new Trouble(`The key "${bad}" is not supported`);
  for (let length = 1; length < path.length; length++) {
    const value = valueAt(root, path.slice(0, length), exactKey);
    if (value === undefined) return;
    if (!isTable(value) && !(Array.isArray(value) && hasItem(value, path[length]!)))
      throw noWay(file, path, length, value);
  }
}

function noWay(file: string, path: string[], length: number, value: Value): Trouble {
  const why = Array.isArray(value) ? `It is a list of ${value.length}.` : 'It is a value, not a table.';
  return new Trouble(`${file}: ${nameOf(path.slice(0, length))} holds no "${path[length]}"`, { why });
}

/** A path as people write it: without the numbers of runners and list items. */
export function nameOf(path: string[]): string {
  return path.filter((key) => !/^\d+$/.test(key)).join('.');
}

// A date given as a word is still a date where gitlab-runner keeps one.
function fitting(value: Value, path: string[]): Value {
  const isDate = typeof value === 'string' && typeAt(path) === 'datetime';
  return isDate ? (readDate(value) ?? value) : value;
}

function typeAt(path: string[]): string | undefined {
  const keys = keysAt(path.slice(0, -1));
  const name = typeof keys === 'object' ? knownName(keys, path.at(-1)!) : undefined;
  const what = name === undefined || typeof keys !== 'object' ? undefined : keyOf(keys, name);
  return what?.kind === 'value' ? what.type : undefined;
}

// A single word where gitlab-runner takes a list too counts as a list of one.
function listOf(old: Value | undefined, path: string[]): Value[] {
  if (old === undefined) return [];
  if (Array.isArray(old)) return old;
  if (typeof old === 'string' && typeAt(path) === 'policies') return old === '' ? [] : [old];
  throw new Trouble(`${nameOf(path)} is not a list: nothing can be added to it or removed from it`);
}
