import { type Key, type Keys, keyOf, knownName, runnerKeys } from './keys.ts';
import { dottedPath, isTable, isTables, type Table, type Value } from './model.ts';

/**
 * A runner without the keys that gitlab-runner does not know, and those keys by their paths (`docker.imgae`), as
 * gitlab-runner leaves them out when it writes what it has read. Keys of maps are the person's own.
 */
export function withoutUnknownKeys(runner: Table): { readonly known: Table; readonly unknown: string[] } {
  const unknown: string[] = [];
  return { known: knownIn(runner, runnerKeys, [], unknown), unknown };
}

function knownIn(table: Table, keys: Keys, path: string[], unknown: string[]): Table {
  const entries = Object.entries(table).flatMap(([key, value]) => {
    const here = [...path, key];
    const name = knownName(keys, key);
    if (name !== undefined) return [[key, knownValue(value, keyOf(keys, name)!, here, unknown)] as const];
    unknown.push(dottedPath(here));
    return [];
  });
  return Object.fromEntries(entries);
}

function knownValue(value: Value, key: Key, path: string[], unknown: string[]): Value {
  if (key.kind === 'value') return value;
  if (isTable(value)) return knownIn(value, key.keys, path, unknown);
  // gitlab-runner reads NFS volumes by hand and passes over what it does not know there.
  if (!isTables(value) || path.at(-1) === 'nfs') return value;
  return value.map((item, at) => knownIn(item, key.keys, [...path, String(at)], unknown));
}
