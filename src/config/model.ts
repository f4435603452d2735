import { isTable, makeTable, sameValue, type Value } from './values.ts';

/** The value at a path, if there is one. */
export function valueAt(value: Value | undefined, path: string[]): Value | undefined {
  let now = value;
  for (const key of path) {
    if (isTable(now)) now = now[key];
    else if (Array.isArray(now)) now = now[Number(key)];
    else return undefined;
  }
  return now;
}

/** The same tables with another value at a path; `undefined` takes the key away. Nothing given is changed. */
export function withValue(value: Value | undefined, path: string[], next: Value | undefined): Value {
  const [key, ...rest] = path;
  if (key === undefined) return next!;
  if (Array.isArray(value)) return withItem(value, Number(key), rest, next);
  const table = makeTable(isTable(value) ? Object.entries(value) : []);
  if (rest.length > 0) table[key] = withValue(table[key], rest, next);
  else if (next === undefined) delete table[key];
  else table[key] = next;
  return table;
}

function withItem(list: Value[], at: number, rest: string[], next: Value | undefined): Value[] {
  if (rest.length === 0 && next === undefined) return list.toSpliced(at, 1);
  return list.with(at, withValue(list[at], rest, next));
}

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
