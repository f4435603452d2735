import { globalKeys, type Key, type Keys, keyOf, runnerKeys } from '../keys.ts';
import { isTable, isTables, type Table, type Value } from '../model.ts';
import { knownName } from '../order.ts';
import type { Config } from '../read.ts';
import { adviceFor } from './advice.ts';
import type { Borrowed, Fault } from './finding.ts';

/** The keys that gitlab-runner 19.4 does not know, each once with what is probably meant. */
export function* faultsOfKeys(config: Config, { nearest }: Borrowed): Generator<Fault> {
  const found: Unknown[] = [];
  collect(config.globals, globalKeys, [], found);
  for (const [at, runner] of config.runners.entries())
    collect(runner, runnerKeys, [config.runnersKey, String(at)], found);
  for (const one of found) yield one.isHidden ? hidden(one) : unknown(config, one, nearest);
}

interface Unknown {
  readonly path: string[];
  readonly keys: Keys;
  /** A key in a table inside a map of anything: used, but gitlab-runner's lint does not see that. */
  readonly isHidden?: true;
}

function collect(table: Table, keys: Keys, path: string[], found: Unknown[]): void {
  for (const [key, value] of Object.entries(table)) {
    const here = [...path, key];
    const name = knownName(keys, key);
    const what = name === undefined ? undefined : keyOf(keys, name)!;
    if (what === undefined) found.push({ path: here, keys });
    else descend(value, what, here, found);
  }
}

function descend(value: Value, what: Key, path: string[], found: Unknown[]): void {
  if (what.kind === 'value') {
    if (what.type === 'map<string,any>' && isTable(value)) collectHidden(value, path, found);
  } else if (isTable(value)) collect(value, what.keys, path, found);
  // gitlab-runner reads NFS volumes by hand and passes over what it does not know there.
  else if (isTables(value) && path.at(-1) !== 'nfs')
    for (const [at, item] of value.entries()) collect(item, what.keys, [...path, String(at)], found);
}

function collectHidden(map: Table, path: string[], found: Unknown[]): void {
  for (const [key, value] of Object.entries(map)) {
    const tables = isTable(value) ? [value] : isTables(value) ? value : [];
    for (const inner of tables.flatMap((table) => Object.keys(table)))
      found.push({ path: [...path, key, inner], keys: {}, isHidden: true });
  }
}

const nameOf = (path: readonly string[]): string => path.filter((key) => !/^\d+$/.test(key)).join('.');

function hidden({ path }: Unknown): Fault {
  return {
    severity: 'error',
    rule: 'key-in-map',
    path,
    message: `gitlab-runner lint calls ${nameOf(path)} unknown, as all keys in tables below ${path.at(-3)}`,
    next: 'The plugin gets it all the same; nothing has to be done but for the lint.',
  };
}

function unknown(config: Config, { path, keys }: Unknown, nearest: Borrowed['nearest']): Fault {
  const { words, next } = adviceFor(config, path, keys, nearest);
  const message = `unknown key ${nameOf(path)}${words === undefined ? '' : `; ${words}`}`;
  return { severity: 'error', rule: 'unknown-key', path, message, next };
}
