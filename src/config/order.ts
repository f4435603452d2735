import { globalKeys, type Keys, keyOf, runnerKeys, sameName } from './keys.ts';
import { isTable, type Table, type Value } from './model.ts';

const rootKeys: Keys = { ...globalKeys, runners: { kind: 'tables', written: 'nonempty', keys: runnerKeys } };

/** What gitlab-runner knows of the table at a path: its keys, `'map'` when any name goes, else nothing. */
export function keysAt(path: string[]): Keys | 'map' | undefined {
  let keys: Keys | 'map' | undefined = rootKeys;
  let inList = false;
  for (const key of path) {
    if (inList) inList = false;
    else if (keys === 'map' || keys === undefined) return keys;
    else ({ keys, inList } = below(keys, key));
  }
  return keys;
}

function below(keys: Keys, key: string): { keys: Keys | 'map' | undefined; inList: boolean } {
  const name = knownName(keys, key);
  const what = name === undefined ? undefined : keyOf(keys, name)!;
  if (what === undefined) return { keys: undefined, inList: false };
  if (what.kind === 'value') return { keys: what.type.startsWith('map') ? 'map' : undefined, inList: false };
  return { keys: what.keys, inList: what.kind === 'tables' };
}

/** The name gitlab-runner knows a key by: the same, or else the same but for capital letters. */
export function knownName(keys: Keys, key: string): string | undefined {
  return Object.hasOwn(keys, key) ? key : Object.keys(keys).find((name) => sameName(name, key));
}

/** The place of a key among its neighbours as gitlab-runner writes them; unknown keys come last. */
export function rankIn(keys: Keys | 'map' | undefined, key: string): number | undefined {
  if (keys === undefined || keys === 'map') return undefined;
  const name = knownName(keys, key);
  return name === undefined ? undefined : Object.keys(keys).indexOf(name);
}

/** Spells a path as the file does: where gitlab-runner ignores capital letters, so does this. */
export function spelled(root: Table, path: string[]): string[] {
  const done: string[] = [];
  let value: Value | undefined = root;
  for (const key of path) {
    const name: string = isTable(value) ? spelledKey(value, keysAt(done), key) : key;
    done.push(name);
    value = isTable(value) ? value[name] : Array.isArray(value) ? value[Number(name)] : undefined;
  }
  return done;
}

function spelledKey(table: Table, keys: Keys | 'map' | undefined, key: string): string {
  if (Object.hasOwn(table, key) || typeof keys !== 'object' || knownName(keys, key) === undefined) return key;
  return Object.keys(table).find((name) => sameName(name, key)) ?? key;
}
