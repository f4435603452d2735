/** The value at a path of keys, whatever their case; nothing when it is absent. */
export function valueIn(table: unknown, ...path: string[]): unknown {
  let here = table;
  for (const key of path) {
    if (typeof here !== 'object' || here === null) return undefined;
    const found = Object.entries(here).find(
      ([name]) => name === key || name.toLowerCase() === key.toLowerCase(),
    );
    here = found?.[1];
  }
  return here;
}

/** The text at a path; empty when there is none. */
export function textIn(table: unknown, ...path: string[]): string {
  const value = valueIn(table, ...path);
  return typeof value === 'string' ? value : '';
}

/** The texts of a list at a path; a single text counts as a list of one. */
export function textsIn(table: unknown, ...path: string[]): string[] {
  const value = valueIn(table, ...path);
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** The tables of a list at a path. */
export function tablesIn(table: unknown, ...path: string[]): unknown[] {
  const value = valueIn(table, ...path);
  return Array.isArray(value) ? value.filter((item) => typeof item === 'object') : [];
}
