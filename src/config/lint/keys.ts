import { nearest } from '../../text/closest.ts';
import { followedVersion } from '../../text/gitlab-runner.ts';
import {
  globalKeys,
  type Key,
  type Keys,
  keyOf,
  knownKey,
  rootKeys,
  runnerKeys,
  sameName,
  type ValueType,
} from '../keys.ts';
import { dottedPath, isTable, isTables, type Table, type Value } from '../model.ts';
import type { Config } from '../read.ts';
import { type Fault, textAt } from './finding.ts';

/** The keys that gitlab-runner does not know, each once with what is probably meant; of very many the first only. */
export function* faultsOfKeys(config: Config): Generator<Fault> {
  const found: Unknown[] = [];
  collect(config.root, rootKeys, [], found);
  for (const one of found.slice(0, mostShown)) yield faultOf(config, one);
  const next = found[mostShown];
  if (next !== undefined) yield moreFrom(next, found.length - mostShown);
}

// Nobody reads more, and each takes four lines.
const mostShown = 1000;

const moreFrom = ({ path }: Unknown, count: number): Fault => ({
  severity: 'error',
  rule: 'unknown-key',
  path,
  message: `${count} more unknown key${count === 1 ? '' : 's'}, the first of them ${dottedPath(path)}`,
});

interface Unknown {
  readonly path: string[];
  /** The keys that its table has. */
  readonly keys: Keys;
  /** What it is in, where no key is known. */
  readonly inside?: Inside;
}

interface Inside {
  readonly what: 'map' | 'list for a map' | 'unknown table';
  readonly path: string[];
}

function collect(table: Table, keys: Keys, path: string[], found: Unknown[]): void {
  for (const key in table) {
    const what = knownKey(keys, key);
    // Nearly every key; a path is made for the others only.
    if (what?.kind === 'value' && !what.type.startsWith('map<')) continue;
    const here = [...path, key];
    const value = table[key]!;
    if (what !== undefined) descend(value, what, here, found);
    else {
      found.push({ path: here, keys });
      collectAll(value, here, { what: 'unknown table', path: here }, found);
    }
  }
}

function descend(value: Value, what: Key, path: string[], found: Unknown[]): void {
  if (what.kind === 'value') descendMap(value, what.type, path, found);
  else if (isTable(value)) collect(value, what.keys, path, found);
  // gitlab-runner reads NFS volumes by hand and passes over what it does not know there.
  else if (isTables(value) && path.at(-1) !== 'nfs')
    for (const [at, item] of value.entries()) collect(item, what.keys, [...path, String(at)], found);
}

function descendMap(value: Value, type: ValueType, path: string[], found: Unknown[]): void {
  if (!type.startsWith('map<')) return;
  if (Array.isArray(value)) collectAll(value, path, { what: 'list for a map', path }, found);
  else if (isTable(value) && type === 'map<string,any>')
    for (const [key, inner] of Object.entries(value))
      collectAll(inner, [...path, key], { what: 'map', path }, found);
}

/** All keys of all tables in a value. */
function collectAll(value: Value, path: string[], inside: Inside, found: Unknown[]): void {
  const inner = Array.isArray(value) || isTable(value) ? Object.entries(value) : [];
  for (const [key, item] of inner) {
    const here = [...path, key];
    if (!Array.isArray(value)) found.push({ path: here, keys: {}, inside });
    collectAll(item, here, inside, found);
  }
}

function faultOf(config: Config, { path, keys, inside }: Unknown): Fault {
  const base = { severity: 'error', rule: 'unknown-key', path } as const;
  const name = dottedPath(path);
  if (inside !== undefined) return { ...base, ...insideFault(name, inside) };
  const { words, next } = adviceFor(config, path, keys);
  return { ...base, message: `unknown key ${name}${words === undefined ? '' : `; ${words}`}`, next };
}

function insideFault(
  name: string,
  { what, path }: Inside,
): Omit<Fault, 'severity' | 'path' | 'rule'> & { rule?: string } {
  if (what === 'unknown table')
    return { message: `unknown key ${name}, in the unknown table ${dottedPath(path)}` };
  if (what === 'list for a map') {
    return {
      message: `unknown key ${name}; ${path.at(-1)} is a table, not a list of tables`,
      next: `Use the header ${headerOf(path.filter(isName))} once, with a line NAME = VALUE for each entry.`,
    };
  }
  return {
    rule: 'key-in-map',
    message: `gitlab-runner lint reports ${name} as unknown, as all keys below ${path.at(-1)}`,
    next: 'No action required: the plugin gets the value.',
  };
}

const isName = (key: string): boolean => !/^\d+$/.test(key);

interface Advice {
  /** What is probably meant, as the end of a sentence. */
  readonly words?: string;
  readonly next: string;
}

/** What to do about a key that gitlab-runner does not know: the path as in the file, the keys that its table has. */
function adviceFor(config: Config, path: readonly string[], keys: Keys): Advice {
  const key = path.at(-1)!;
  const names = path.filter(isName).slice(0, -1);
  const isInRunner = path[0] === config.runnersKey && path[1] !== undefined;
  const known = isInRunner || path.length === 1 ? atGitlab[plain(key)] : undefined;
  if (known !== undefined) return known;
  const gone = formerly[plain(key)];
  if (gone !== undefined) return gone;
  const near = nearestIn(key, Object.keys(keys));
  if (near !== undefined && plain(near) === plain(key)) return meant(near);
  const right = rightTable(key, names, isInRunner ? config.runners[Number(path[1])] : undefined);
  if (right !== undefined) return right;
  if (near !== undefined) return meant(near);
  const where = names.length === 0 ? 'at the top of config.toml' : `in ${headerOf(names)}`;
  return {
    next: `gitlab-runner ${followedVersion} ignores it ${where}. Remove it, or use a newer gitlab-runner that has this key.`,
  };
}

const plain = (name: string): string => name.toLowerCase().replace(/[-_]/g, '');

const meant = (near: string): Advice => ({ words: `did you mean ${near}?`, next: `Use ${near}.` });

function nearestIn(key: string, names: readonly string[]): string | undefined {
  return names.find((name) => plain(name) === plain(key)) ?? nearest(key, names);
}

// Settings that people look for in config.toml, and that GitLab keeps with the runner.
const keptThere: Advice = {
  words: 'it is set in GitLab, not in config.toml',
  next: 'Remove the line, and change it in GitLab (Settings > CI/CD > Runners).',
};

const atGitlab: Readonly<Record<string, Advice>> = Object.fromEntries(
  'tags taglist rununtagged locked paused active protected accesslevel maximumtimeout maintenancenote'
    .split(' ')
    .map((name) => [name, keptThere]),
);

const renamed = (to: string): Advice => ({ words: `it was renamed to ${to}`, next: `Use ${to}.` });

const formerly: Readonly<Record<string, Advice>> = {
  preclonescript: renamed('pre_get_sources_script'),
  postclonescript: renamed('post_get_sources_script'),
  metricsserver: renamed('listen_address (at the top)'),
  prometheuslistenaddress: renamed('listen_address (at the top)'),
  s3cachepath: renamed('Path, in [runners.cache]'),
  cacheshared: renamed('Shared, in [runners.cache]'),
  description: {
    words: 'did you mean name?',
    next: 'Use name. The description is set in GitLab.',
  },
  tlsskipverify: {
    words: 'gitlab-runner cannot turn off certificate checks',
    next: 'Set the CA file: tls-ca-file = "/etc/gitlab-runner/certs/ca.crt"',
  },
};

/** A table in which a key would be known. */
interface Home {
  readonly path: readonly string[];
}

// Where a key stands is often decided by the header above it: after [runners.docker] all belongs to docker.
function rightTable(key: string, names: readonly string[], runner: Table | undefined): Advice | undefined {
  const executor = runner === undefined ? '' : textAt(runner, 'executor');
  const rank = ({ path }: Home): number => {
    if (isAbove(path, names)) return 0;
    if (path[1] !== undefined && executor.startsWith(path[1])) return 1;
    if (path[1] !== undefined && runner !== undefined && Object.hasOwn(runner, path[1])) return 2;
    return isAbove(names, path) && !executorTables.has(path[1] ?? '') ? 3 : 4;
  };
  const homes = homesOf(key)
    .filter(({ path }) => path.join('.') !== names.join('.'))
    .toSorted((a, b) => rank(a) - rank(b));
  const [best, second] = homes;
  if (best === undefined || (rank(best) === 4 && second !== undefined)) return undefined;
  const where = best.path.length === 0 ? 'to the top, above all tables' : `in ${headerOf(best.path)}`;
  const from = names.length === 0 ? 'at the top' : `in ${headerOf(names)}`;
  return { words: `it belongs ${where}, not ${from}`, next: wayTo(best, key, names) };
}

function wayTo({ path }: Home, key: string, names: readonly string[]): string {
  const spelt = speltIn(path, key);
  if (path.length === 0) return `Move ${spelt} to the beginning of the file, above the first header.`;
  const isUp = path.length < names.length;
  return `Move ${spelt} ${isUp ? 'up, directly below' : 'below'} ${headerOf(path)}.`;
}

const executorTables: ReadonlySet<string> = new Set(
  'docker kubernetes ssh parallels virtualbox custom machine autoscaler instance'.split(' '),
);

const isAbove = (above: readonly string[], below: readonly string[]): boolean =>
  above.length < below.length && above.every((name, at) => below[at] === name);

const headerOf = (path: readonly string[]): string =>
  path.length === 1 && sameName(path[0]!, 'runners') ? `[[${path[0]}]]` : `[${path.join('.')}]`;

function homesOf(key: string): Home[] {
  const homes: Home[] = [];
  const look = (keys: Keys, path: string[], depth: number): void => {
    for (const name of Object.keys(keys)) {
      if (plain(name) === plain(key)) homes.push({ path });
      const what = keyOf(keys, name)!;
      if (what.kind === 'table' && depth > 0) look(what.keys, [...path, name], depth - 1);
    }
  };
  look(globalKeys, [], 1);
  look(runnerKeys, ['runners'], 2);
  return homes;
}

function speltIn(path: readonly string[], key: string): string {
  let keys: Keys = path[0] === 'runners' ? runnerKeys : globalKeys;
  for (const name of path[0] === 'runners' ? path.slice(1) : path) {
    const what = keyOf(keys, name);
    if (what?.kind === 'table') keys = what.keys;
  }
  return Object.keys(keys).find((name) => plain(name) === plain(key)) ?? key;
}
