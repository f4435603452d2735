import { appliesTo, usesDocker } from '../settings/executors.ts';
import type { Value } from '../settings/kinds.ts';
import { volumeParts } from '../settings/syntax.ts';
import { type Settings, settingNames, table } from '../settings/table.ts';

/** A table of config.toml; what config/ read stays as it is, new dates and durations stand as text. */
export interface Table {
  [key: string]: unknown;
}

/** What GitLab tells about a runner when it says yes: dates are RFC 3339, `undefined` where there is none. */
export interface Registration {
  readonly id: number;
  readonly token: string;
  readonly obtainedAt: string;
  readonly expiresAt: string | undefined;
}

/** How Go writes a date that is not known. */
const noDate = '0001-01-01T00:00:00Z';

/**
 * The `[[runners]]` table that registration writes: the settings, over the template where there is one, with the
 * tables that gitlab-runner keeps for the executor (its register.go 336-410) and its default cache volume.
 */
export function blockOf(settings: Settings, registration: Registration, template: Table = {}): Table {
  const executor = settings.executor ?? '';
  const block = merge(emptyTables(executor), keep(template, executor)) as Table;
  for (const [path, value] of entriesOf(settings, executor))
    setAt(block, path, merge(getAt(block, path), value));
  const shell = defaultShell(block, executor);
  return {
    ...block,
    ...shell,
    ...withCacheVolume(block, executor),
    ...identityOf(registration),
  };
}

/** The keys of a block that say which runner of GitLab it is. */
export const identityOf = ({ id, token, obtainedAt, expiresAt }: Registration) => ({
  id,
  token,
  token_obtained_at: obtainedAt,
  token_expires_at: expiresAt ?? noDate,
});

/** The settings that end in the runner's block, as path and value, the executor's own only. */
export function entriesOf(settings: Settings, executor: string): [string[], Value][] {
  return settingNames.flatMap((name): [string[], Value][] => {
    const path = table[name].toml;
    const value = settings[name] as Value | undefined;
    if (path === undefined || value === undefined || name === 'token' || !appliesTo(path, executor))
      return [];
    return [[path.split('.'), value]];
  });
}

/** The value at a path of a table, or nothing; keys are found as gitlab-runner finds them: exactly, then whatever their case. */
export function getAt(table: Table, path: readonly string[]): unknown {
  let here: unknown = table;
  for (const key of path) {
    if (!isTable(here)) return undefined;
    const name = Object.hasOwn(here, key)
      ? key
      : Object.keys(here).find((one) => one.toLowerCase() === key.toLowerCase());
    if (name === undefined) return undefined;
    here = here[name];
  }
  return here;
}

/** Whether a value is a table (a map counts as one); config's own kinds of number and date are none. */
export function isTable(value: unknown): value is Table {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/**
 * Adds the volume that gitlab-runner adds for the job cache, unless the list has one at that place already. Ours
 * also sees `/x:/cache:rw`, where gitlab-runner would mount `/cache` twice.
 */
export function addCacheVolume(
  volumes: readonly string[],
  executor: string,
  cacheDisabled: boolean,
): readonly string[] {
  if (executor === 'docker-windows') {
    return volumes.some((one) => one.includes('c:\\cache')) ? volumes : [...volumes, 'c:\\cache'];
  }
  const taken = volumes.some((one) => volumeParts(one)?.target === '/cache');
  return taken || cacheDisabled ? volumes : [...volumes, '/cache'];
}

// gitlab-runner allocates each table that has a flag, so that the empty ones of its executor appear in the file.
function emptyTables(executor: string): Table {
  const block: Table = {};
  for (const name of settingNames) {
    const path = table[name].toml?.split('.') ?? [];
    if (path.length < 2 || table[name].ours || !appliesTo(path.join('.'), executor)) continue;
    const parent = path.slice(0, -1);
    if (getAt(block, parent) === undefined) setAt(block, parent, {});
  }
  return block;
}

// The token and the dates are the new runner's own, and gitlab-runner's name never comes from a template.
const notFromTemplate = ['name', 'id', 'token', 'token_obtained_at', 'token_expires_at'];

function keep(template: Table, executor: string): Table {
  return Object.fromEntries(
    Object.entries(template).filter(([key]) => appliesTo(key, executor) && !notFromTemplate.includes(key)),
  );
}

// Lists are taken whole, tables and maps by key: the rule of gitlab-runner's template merge.
function merge(below: unknown, above: unknown): unknown {
  if (!isTable(below) || !isTable(above)) return above;
  const merged: Table = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const under = Object.hasOwn(merged, key) ? merged[key] : undefined;
    Object.defineProperty(merged, key, {
      value: merge(under, value),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return merged;
}

/** A table with another value at a path (`undefined`: without it), found as gitlab-runner finds keys; the table itself stays as it is. */
export function withValue(table: Table, [key = '', ...rest]: readonly string[], value: unknown): Table {
  const names = Object.keys(table);
  const alike = names.find((one) => one.toLowerCase() === key.toLowerCase());
  const name = names.includes(key) ? key : (alike ?? key);
  const { [name]: inner, ...others } = table;
  if (rest.length === 0) return value === undefined ? others : { ...table, [name]: value };
  if (value === undefined && !isTable(inner)) return table;
  return { ...table, [name]: withValue(isTable(inner) ? inner : {}, rest, value) };
}

/** Puts a value at a path of a table; tables on the way are made. */
export function setAt(table: Table, path: readonly string[], value: unknown): void {
  let here = table;
  for (const key of path.slice(0, -1)) {
    if (!isTable(here[key])) here[key] = {};
    here = here[key] as Table;
  }
  here[path.at(-1)!] = value;
}

const defaultShell = (block: Table, executor: string): Table =>
  executor === 'docker-windows' && !block.shell ? { shell: 'pwsh' } : {};

function withCacheVolume(block: Table, executor: string): Table {
  const docker = block.docker;
  if (!usesDocker(executor) || !isTable(docker)) return {};
  const volumes = (docker.volumes ?? []) as readonly string[];
  return { docker: { ...docker, volumes: addCacheVolume(volumes, executor, docker.disable_cache === true) } };
}
