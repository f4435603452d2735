import { exactKey, isTable, makeTable, type Table, type Value, valueAt, withValue } from '../config/model.ts';
import { appliesTo, usesDocker } from '../settings/executors.ts';
import type { Value as SettingValue } from '../settings/kinds.ts';
import { volumeParts } from '../settings/syntax.ts';
import { type Settings, settingNames, table } from '../settings/table.ts';

/** What GitLab tells about a runner when it says yes: dates are RFC 3339, `undefined` where there is none. */
export interface Registration {
  readonly id: number;
  readonly token: string;
  readonly obtainedAt: string;
  readonly expiresAt: string | undefined;
}

/** What a block can say of its runner: the token, and of GitLab's answer what is known. */
export type Identity = Pick<Registration, 'token'> & Partial<Registration>;

/** How Go writes a date that is not known. */
const noDate = '0001-01-01T00:00:00Z';

/**
 * The `[[runners]]` table that registration writes: the settings, over the template where there is one, with the
 * tables that gitlab-runner keeps for the executor (its register.go 336-410), its default cache volume, and its default
 * shell where that is not bash (Windows); without an
 * identity it is the block of no runner in particular.
 */
export function blockOf(
  settings: Settings,
  identity: Identity | undefined,
  template: Table = {},
  isWindows = false,
): Table {
  const executor = settings.executor ?? '';
  const block = entriesOf(settings, executor).reduce(
    (sofar, [path, value]) => withValue(sofar, path, merge(valueAt(sofar, path), value), exactKey),
    merged(emptyTables(executor), keep(template, executor)),
  );
  const shell = defaultShell(block, executor, isWindows);
  return {
    ...block,
    ...shell,
    ...withCacheVolume(block, executor),
    ...(identity && identityOf(identity)),
  };
}

/** The keys of a block that say which runner of GitLab it is; what is not known is written as Go writes it. */
export const identityOf = ({ id = 0, token, obtainedAt = noDate, expiresAt }: Identity) => ({
  id,
  token,
  token_obtained_at: obtainedAt,
  token_expires_at: expiresAt ?? noDate,
});

/** The settings that end in the runner's block, as path and value, the executor's own only. */
export function entriesOf(settings: Settings, executor: string): [string[], Value][] {
  const given = settingNames.filter((name) => settings[name] !== undefined && name !== 'token');
  return given.flatMap((name): [string[], Value][] => {
    const path = table[name].toml;
    if (path === undefined || !appliesTo(path, executor)) return [];
    return [[path.split('.'), tomlValue(settings[name] as SettingValue)]];
  });
}

/** The value of a setting as a table of config.toml holds it. */
export function tomlValue(value: SettingValue): Value {
  if (Array.isArray(value)) return value.map(tomlValue);
  if (typeof value !== 'object') return value;
  return makeTable(Object.entries(value).map(([key, inner]) => [key, tomlValue(inner)]));
}

/**
 * Adds the volume that gitlab-runner adds for the job cache, unless the list has one at that place already. Ours
 * also sees `/x:/cache:rw`, where gitlab-runner would mount `/cache` twice.
 */
export function addCacheVolume(volumes: Value[], executor: string, cacheDisabled: boolean): Value[] {
  if (executor === 'docker-windows') {
    return volumes.some((one) => String(one).includes('c:\\cache')) ? volumes : [...volumes, 'c:\\cache'];
  }
  const taken = volumes.some((one) => volumeParts(String(one))?.target === '/cache');
  return taken || cacheDisabled ? volumes : [...volumes, '/cache'];
}

// gitlab-runner allocates each table that has a flag, so that the empty ones of its executor appear in the file.
function emptyTables(executor: string): Table {
  let block = makeTable();
  for (const path of tablesWithFlags()) {
    const parts = path.split('.');
    if (appliesTo(path, executor) && valueAt(block, parts) === undefined)
      block = withValue(block, parts, makeTable(), exactKey);
  }
  return block;
}

function tablesWithFlags(): ReadonlySet<string> {
  const paths = new Set<string>();
  let last = '';
  for (const name of settingNames) {
    const { toml = '', ours } = table[name];
    const end = toml.lastIndexOf('.');
    // Most stand in the same table as the setting before.
    if (end <= 0 || ours || (end === last.length && toml.startsWith(last))) continue;
    last = toml.slice(0, end);
    paths.add(last);
  }
  return paths;
}

// The token and the dates are the new runner's own, and gitlab-runner's name never comes from a template.
const notFromTemplate = ['name', 'id', 'token', 'token_obtained_at', 'token_expires_at'];

function keep(template: Table, executor: string): Table {
  return makeTable(
    Object.entries(template).filter(([key]) => appliesTo(key, executor) && !notFromTemplate.includes(key)),
  );
}

// Lists are taken whole, tables and maps by key: the rule of gitlab-runner's template merge.
const merge = (below: Value | undefined, above: Value): Value =>
  isTable(below) && isTable(above) ? merged(below, above) : above;

function merged(below: Table, above: Table): Table {
  const table = makeTable(below);
  for (const [key, value] of Object.entries(above)) table[key] = merge(table[key], value);
  return table;
}

const defaultShell = (block: Table, executor: string, isWindows: boolean): Table => {
  const isPowerShell = executor === 'docker-windows' || (executor === 'shell' && isWindows);
  return isPowerShell && !block.shell ? { shell: 'pwsh' } : {};
};

function withCacheVolume(block: Table, executor: string): Table {
  const docker = block.docker;
  if (!usesDocker(executor) || !isTable(docker)) return {};
  const volumes = Array.isArray(docker.volumes) ? docker.volumes : [];
  return { docker: { ...docker, volumes: addCacheVolume(volumes, executor, docker.disable_cache === true) } };
}
