import { isRfc3339 } from '../text/rfc3339.ts';

/** A float, kept apart from an integer: `1.0` and `1` are different values in TOML. */
export class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** A date, a time or both, as it stands in the file. */
export class DateTime {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }

  /** The text in the one form that gitlab-runner writes: capital letters, no needless zeros. */
  get canonical(): string {
    const spaced = this.text.toUpperCase().replace(' ', 'T');
    return spaced
      .replace(/(\.\d*?)0+(?!\d)/, '$1')
      .replace(/\.(?!\d)/, '')
      .replace(/[+-]00:00$/, 'Z');
  }
}

/** What a key can hold; a plain number is an integer (beyond 2^53 a bigint). */
export type Value = string | number | bigint | boolean | Float | DateTime | Value[] | Table;

/** A table: keys in the order of the file, without any prototype. */
export interface Table {
  [key: string]: Value;
}

/** Keys that @iarna/toml, which keeps tables in plain objects, would look for in JavaScript's own: it reads no such file. */
export const inherited: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));

/** Makes a table without prototype from pairs or from a plain object. */
export function makeTable(entries: Iterable<readonly [string, Value]> | Record<string, Value> = []): Table {
  // In V8 an object that is made without a prototype takes three times the time and room.
  const table: Table = Object.setPrototypeOf({}, null);
  const pairs = Symbol.iterator in entries ? entries : Object.entries(entries);
  for (const [key, value] of pairs as Iterable<readonly [string, Value]>) table[key] = value;
  return table;
}

/** Tells a table (a map counts as one) from all other values: a Float and a DateTime are none. */
export function isTable(value: unknown): value is Table {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** Tells a non-empty list of tables, which TOML can write as `[[...]]`. */
export function isTables(value: Value | undefined): value is Table[] {
  return Array.isArray(value) && value.length > 0 && value.every(isTable);
}

/** Takes a value from elsewhere: a number with decimals becomes a float, a plain object a table. */
export function adopt(value: Value): Value {
  if (typeof value === 'number' && !Number.isInteger(value)) return new Float(value);
  if (Array.isArray(value)) return value.map(adopt);
  return isTable(value) ? makeTable(Object.keys(value).map((key) => [key, adopt(value[key]!)])) : value;
}

/** Says whether two values are the same in type and content; the order of keys does not count. */
export function sameValue(left: Value | undefined, right: Value | undefined): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object') return sameInteger(left, right);
  if (Array.isArray(left)) return Array.isArray(right) && sameList(left, right);
  if (Array.isArray(right)) return false;
  if (left instanceof Float) return right instanceof Float && Object.is(left.value, right.value);
  if (left instanceof DateTime) return right instanceof DateTime && left.canonical === right.canonical;
  if (right instanceof Float || right instanceof DateTime) return false;
  return sameTable(left, right);
}

function sameInteger(left: Value | undefined, right: Value | undefined): boolean {
  const whole = (value: Value | undefined) => typeof value === 'number' || typeof value === 'bigint';
  return whole(left) && whole(right) && BigInt(left as number) === BigInt(right as number);
}

function sameList(left: Value[], right: Value[]): boolean {
  return left.length === right.length && left.every((value, at) => sameValue(value, right[at]));
}

function sameTable(left: Table, right: Table): boolean {
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every((key) => Object.hasOwn(right, key) && sameValue(left[key], right[key]));
}

/** How a key of a path is found in a table: the name that the table has for it, or nothing. */
type KeyMatch = (table: Table, key: string) => string | undefined;

/** Finds a key by its very spelling, for paths that are spelled as in the file. */
export const exactKey: KeyMatch = (table, key) => (Object.hasOwn(table, key) ? key : undefined);

/** Finds a key as gitlab-runner does: by its very spelling, else whatever its case. */
const anyCaseKey: KeyMatch = (table, key) => {
  if (Object.hasOwn(table, key)) return key;
  // Asked for hundreds of keys of each runner, most of which it does not have.
  for (const name in table)
    if (name.length === key.length && name.toLowerCase() === key.toLowerCase()) return name;
  return undefined;
};

/** The value at a path, if there is one; numbers count the items of lists. */
export function valueAt(from: unknown, path: readonly string[], match = anyCaseKey): Value | undefined {
  let here = from;
  for (const key of path) {
    if (Array.isArray(here)) here = here[Number(key)];
    else if (isTable(here)) {
      const name = match(here, key);
      here = name === undefined ? undefined : here[name];
    } else return undefined;
  }
  return here as Value | undefined;
}

/** The text of the key at a path; empty when it is absent or no text. */
export function textIn(table: unknown, ...path: string[]): string {
  const value = valueAt(table, path);
  return typeof value === 'string' ? value : '';
}

/** The texts of the list at a path; a single text counts as a list of one. */
export function textsIn(table: unknown, ...path: string[]): string[] {
  const value = valueAt(table, path);
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** The tables of the list at a path. */
export function tablesIn(table: unknown, ...path: string[]): Table[] {
  const value = valueAt(table, path);
  return Array.isArray(value) ? value.filter(isTable) : [];
}

/** A copy of a table with another value at a path; `undefined` removes the key. Nothing given is changed. */
export function withValue(
  table: Table,
  [key = '', ...rest]: readonly string[],
  value: Value | undefined,
  match = anyCaseKey,
): Table {
  const copy = makeTable(table);
  const name = match(copy, key) ?? key;
  const inner = rest.length === 0 ? value : withValueInside(copy[name], rest, value, match);
  if (inner === undefined) delete copy[name];
  else copy[name] = inner;
  return copy;
}

/** A copy of a table or list with another value at a path of one key at least; `undefined` removes the key. */
export function withValueInside(
  inner: Value | undefined,
  path: readonly string[],
  value: Value | undefined,
  match: KeyMatch,
): Value | undefined {
  if (Array.isArray(inner) && hasItem(inner, path[0]!)) return withItem(inner, path, value, match);
  if (isTable(inner)) return withValue(inner, path, value, match);
  return value === undefined ? inner : withValue(makeTable(), path, value, match);
}

function withItem(
  list: Value[],
  [at = '', ...rest]: readonly string[],
  value: Value | undefined,
  match: KeyMatch,
): Value[] {
  const item = rest.length === 0 ? value : withValueInside(list[Number(at)], rest, value, match);
  return item === undefined ? list.toSpliced(Number(at), 1) : list.with(Number(at), item);
}

/** Whether a key of a path is the number of an item that the list has. */
export const hasItem = (list: readonly Value[], key: string): boolean =>
  /^\d+$/.test(key) && Number(key) < list.length;

/** A path as people write it: with dots, without the numbers of runners and list items. */
export const dottedPath = (path: readonly string[]): string =>
  path.filter((key) => !/^\d+$/.test(key)).join('.');

/** A list with values added that it does not have yet. */
export function withAdded(list: Value[], values: Value[]): Value[] {
  const more = values.filter((value, at) => {
    const same = (other: Value) => sameValue(other, value);
    return !list.some(same) && values.findIndex(same) === at;
  });
  return more.length === 0 ? list : [...list, ...more];
}

/** A list without the values given. */
export function withoutValues(list: Value[], values: Value[]): Value[] {
  return list.filter((value) => !values.some((other) => sameValue(other, value)));
}

/** Tables for a path that does not exist yet, around a value. */
export function wrapped(path: string[], value: Value): Value {
  return path.reduceRight<Value>((inner, key) => makeTable([[key, inner]]), value);
}

/** Names one step that brings a list nearer to another: what to do, and with which element. */
export function firstDifference(
  old: Value[],
  value: Value[],
): { at: number; what: 'insert' | 'remove' | 'change' } {
  let at = 0;
  while (at < old.length && at < value.length && sameValue(old[at], value[at])) at++;
  if (at === old.length) return { at, what: 'insert' };
  if (at === value.length) return { at, what: 'remove' };
  const keptLater = value.slice(at).some((item) => sameValue(item, old[at]));
  const wantedLater = old.slice(at).some((item) => sameValue(item, value[at]));
  if (keptLater && !wantedLater) return { at, what: 'insert' };
  if (!keptLater && !wantedLater) return { at, what: 'change' };
  return { at, what: 'remove' };
}

/** What becomes of the key at a path, which may hold numbers of list items. */
export type KeyChange = { readonly path: readonly string[] } & (
  | { readonly do: 'set'; readonly value: Value }
  | { readonly do: 'add' | 'remove'; readonly values: readonly Value[] }
  | { readonly do: 'unset' }
);

/** One change of config.toml: a runner is named by its number in the file, from 0. */
export type Change =
  | { readonly do: 'append'; readonly block: Table }
  | { readonly do: 'remove-runner'; readonly at: number }
  | PathChange;

/** A change of what stands at a path of a runner, or at the top of the file. */
export type PathChange = KeyChange & { readonly at: 'global' | number };

/** Reads a date with time and zone (RFC 3339); undefined when the words are none. */
export function readDate(words: string): DateTime | undefined {
  return isRfc3339(words) ? new DateTime(words) : undefined;
}
