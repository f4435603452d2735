import { globalKeys, type Keys, keyOf, knownName, runnerKeys as runnerConfigKeys } from '../config/keys.ts';
import { isTable, type Table, type Value } from '../config/model.ts';
import { tableFaults } from '../config/types.ts';
import { exitCode, Trouble } from '../errors.ts';
import { executors } from '../settings/executors.ts';
import { nearest } from '../text/closest.ts';
import { harmless } from '../text/sanitize.ts';
import { defaultsKeys, type FleetKey, gitlabKeys, identityKeys, runnerKeys } from './keys.ts';
import type { Fleet } from './model.ts';
import { type FleetText, readFleetText } from './read.ts';

/** What is wrong at a path. */
interface Fault {
  readonly path: readonly string[];
  readonly words: string;
}

/** Reads the text of a fleet file, TOML, YAML, or JSON; throws a `Trouble` with the places of all that is wrong. */
export const readFleet = async (text: string, file: string): Promise<Fleet> =>
  checkFleet(await readFleetText(text, file));

function checkFleet(text: FleetText): Fleet {
  const faults = [...faultsIn(text.root)];
  if (faults.length === 0) return fleetOf(text.root);
  const placed = faults.map(({ path, words }) => ({ ...text.placeOf(path), words }));
  const lines = placed
    .sort((a, b) => a.line - b.line || a.column - b.column)
    .map(({ line, column, words }) => `${text.file}, line ${line}, column ${column}: ${words}`);
  const more = lines.length - most;
  throw new Trouble([...lines.slice(0, most), ...(more > 0 ? [`${more} more`] : [])].join('\n'), {
    hint: 'The keys of the file: runner-setup apply --schema',
    code: exitCode.usage,
  });
}

/** Nobody reads more. */
const most = 20;

const fleetOf = (root: Table): Fleet =>
  ({
    version: 1,
    global: root.global ?? {},
    defaults: filled(root.defaults ?? {}),
    runners: ((root.runners ?? []) as Table[]).map(filled),
  }) as unknown as Fleet;

const filled = (one: Value): Table => ({ gitlab: {}, config: {}, ...(one as Table) });

function* faultsIn(root: Table): Generator<Fault> {
  yield* strangers(root, ['$schema', 'version', 'global', 'defaults', 'runners'], []);
  if (root.version !== 1) {
    const found = root.version === undefined ? 'version is missing' : 'this version is not known';
    yield { path: ['version'], words: `${found}; write version = 1` };
  }
  yield* configFaults(root.global, globalKeys, ['global']);
  if (root.defaults !== undefined) yield* ownFaults(root.defaults, defaultsKeys, ['defaults']);
  const { runners = [] } = root;
  if (!Array.isArray(runners)) yield { path: ['runners'], words: 'runners must be a list of runners' };
  else for (const [at, one] of runners.entries()) yield* runnerFaults(one, at);
  if (Array.isArray(runners)) yield* repeatedKeys(runners);
}

function* runnerFaults(one: Value, at: number): Generator<Fault> {
  const path = ['runners', String(at)];
  yield* ownFaults(one, runnerKeys, path);
  if (!isTable(one)) return;
  const { key } = one;
  if (key === undefined) yield { path, words: `runner ${at + 1} has no key` };
  else if (typeof key === 'string' && !/^[\w.-]{1,100}$/.test(key))
    yield {
      path: [...path, 'key'],
      words: `key "${harmless(key, 40)}" must be 1 to 100 letters, digits, ".", "_", or "-"`,
    };
}

function* repeatedKeys(runners: readonly Value[]): Generator<Fault> {
  const seen = new Set<Value>();
  for (const [at, one] of runners.entries()) {
    const key = isTable(one) ? one.key : undefined;
    if (key === undefined) continue;
    if (seen.has(key))
      yield {
        path: ['runners', String(at), 'key'],
        words: `key "${harmless(String(key), 100)}" is used twice`,
      };
    seen.add(key);
  }
}

function* ownFaults(
  one: Value,
  keys: Readonly<Record<string, FleetKey>>,
  path: readonly string[],
): Generator<Fault> {
  if (!isTable(one)) {
    yield { path, words: `${path.at(-1)} must be a table` };
    return;
  }
  yield* valueFaults(one, keys, ['gitlab', 'config'], path);
  yield* gitlabFaults(one.gitlab, [...path, 'gitlab']);
  yield* identityFaults(one.config, [...path, 'config']);
  yield* executorFaults(one.config, [...path, 'config']);
  yield* configFaults(one.config, runnerConfigKeys, [...path, 'config']);
  if (one.preset !== undefined && one.template !== undefined)
    yield { path: [...path, 'template'], words: 'preset and template cannot be combined' };
}

function* gitlabFaults(gitlab: Value | undefined, path: readonly string[]): Generator<Fault> {
  if (gitlab === undefined) return;
  if (!isTable(gitlab)) {
    yield { path, words: 'gitlab must be a table' };
    return;
  }
  yield* valueFaults(gitlab, gitlabKeys, [], path);
  const { type, group_id: group, project_id: project, maximum_timeout: timeout } = gitlab;
  // The line that says which runner it is goes into the note, too.
  for (const [key, most] of [
    ['description', 1024],
    ['maintenance_note', 800],
  ] as const)
    if (typeof gitlab[key] === 'string' && gitlab[key].length > most)
      yield { path: [...path, key], words: `${key} must have at most ${most} characters` };
  if (typeof timeout === 'number' && timeout > 0 && timeout < 600)
    yield { path: [...path, 'maximum_timeout'], words: 'maximum_timeout must be 600 seconds or more' };
  const owners = [type, group && 'group', project && 'project'].filter((kind) => kind !== undefined);
  if (new Set(owners).size > 1)
    yield {
      path: [...path, 'type'],
      words: `a runner has one owner, not ${[...new Set(owners)].join(' and ')}`,
    };
}

function* valueFaults(
  one: Table,
  keys: Readonly<Record<string, FleetKey>>,
  tables: readonly string[],
  path: readonly string[],
): Generator<Fault> {
  yield* strangers(one, [...Object.keys(keys), ...tables], path);
  for (const [key, { type }] of Object.entries(keys)) {
    const value = one[key];
    const needs = value === undefined ? undefined : lackOf(value, type);
    if (needs !== undefined) yield { path: [...path, key], words: `${key} must be ${needs}` };
  }
}

function lackOf(value: Value, type: FleetKey['type']): string | undefined {
  const isText = typeof value === 'string';
  const isWhole = Number.isSafeInteger(value) && (value as number) >= 0;
  if (type === 'text') return isText ? undefined : 'a string';
  if (type === 'whole') return isWhole ? undefined : 'a whole number';
  if (type === 'yes') return typeof value === 'boolean' ? undefined : 'true or false';
  if (type === 'id') return isWhole || (isText && value !== '') ? undefined : 'an ID or a path';
  if (type === 'texts') {
    const isList = Array.isArray(value) && value.every((item) => typeof item === 'string');
    return isList ? undefined : 'a list of strings';
  }
  return isText && type.includes(value) ? undefined : `one of ${type.join(', ')}`;
}

function* identityFaults(config: Value | undefined, path: readonly string[]): Generator<Fault> {
  if (!isTable(config)) return;
  for (const key of Object.keys(config)) {
    const next = Object.hasOwn(identityKeys, key.toLowerCase()) ? identityKeys[key.toLowerCase()] : undefined;
    if (next !== undefined) yield { path: [...path, key], words: `config cannot have ${key}. ${next}` };
  }
}

function* executorFaults(config: Value | undefined, path: readonly string[]): Generator<Fault> {
  const executor = isTable(config) ? config.executor : undefined;
  if (typeof executor !== 'string' || (executors as readonly string[]).includes(executor)) return;
  const near = nearest(executor, executors);
  const next = near === undefined ? `use one of ${executors.join(', ')}` : `did you mean ${near}?`;
  yield { path: [...path, 'executor'], words: `unknown executor "${harmless(executor, 40)}"; ${next}` };
}

function* configFaults(config: Value | undefined, keys: Keys, path: readonly string[]): Generator<Fault> {
  if (config === undefined) return;
  if (!isTable(config)) {
    yield { path, words: `${path.at(-1)} must be a table` };
    return;
  }
  yield* unknownIn(config, keys, path);
  for (const { path: inside, wrong } of tableFaults(config, keys))
    yield {
      path: [...path, ...inside],
      words: `${inside.filter((one) => !/^\d+$/.test(one)).join('.')} ${wrong}`,
    };
}

function* unknownIn(config: Table, keys: Keys, path: readonly string[]): Generator<Fault> {
  yield* strangers(config, Object.keys(keys), path, (key) => knownName(keys, key) !== undefined);
  for (const [key, value] of Object.entries(config)) {
    const name = knownName(keys, key);
    const what = name === undefined ? undefined : keyOf(keys, name)!;
    if (what === undefined || what.kind === 'value') continue;
    if (isTable(value)) yield* unknownIn(value, what.keys, [...path, key]);
    else if (Array.isArray(value))
      for (const [at, item] of value.entries())
        if (isTable(item)) yield* unknownIn(item, what.keys, [...path, key, String(at)]);
  }
}

function* strangers(
  one: Table,
  names: readonly string[],
  path: readonly string[],
  isKnown = (key: string) => names.includes(key),
): Generator<Fault> {
  for (const key of Object.keys(one)) {
    if (isKnown(key)) continue;
    const near = nearest(key, names) ?? elsewhere(key, path);
    const guess = near === undefined ? '' : `; did you mean ${near}?`;
    yield {
      path: [...path, key],
      words: `unknown key ${harmless([...path.filter((one) => !/^\d+$/.test(one)), key].join('.'), 100)}${guess}`,
    };
  }
}

// What GitLab keeps is often looked for in config.toml, and the other way round.
function elsewhere(key: string, path: readonly string[]): string | undefined {
  if (path.at(-1) !== 'gitlab' && Object.hasOwn(gitlabKeys, key)) return `gitlab.${key}`;
  if (path.at(-1) !== 'config' && knownName(runnerConfigKeys, key) !== undefined) return `config.${key}`;
  return undefined;
}
