import { findKey } from '../../app/config-keys.ts';
import { readAddress } from '../../app/gitlab-address.ts';
import { readGone, readItems, readWords } from '../../app/parse-value.ts';
import { sameSetting } from '../../config/canonical.ts';
import type { Table } from '../../config/model.ts';
import { exitCode, Trouble } from '../../errors.ts';
import { tomlValue } from '../../runner/block.ts';
import { cutAssignment, cutPath, type Edit, refuseContradictions } from '../../runner/edit-request.ts';
import { kindOf } from '../../settings/credential.ts';
import { isYes, type Value } from '../../settings/kinds.ts';
import { groups } from '../../settings/row.ts';
import { livesAtGitlab } from '../../settings/rules.ts';
import { type SettingName, type Settings, settingNames, table } from '../../settings/table.ts';
import { type Level, settingAt } from '../../settings/toml-keys.ts';
import type { Help } from '../../terminal/help.ts';
import type { Grammar, Reading } from '../../terminal/options.ts';

/** Those that are put together with what a runner has already. */
const ofNetwork: readonly SettingName[] = ['proxy', 'noProxy', 'caForJobs'];

const control: readonly SettingName[] = [
  'config',
  'container',
  'engine',
  'nonInteractive',
  'showEnvironment',
  'tokenFile',
  'tokenStdin',
  'accessToken',
  'accessTokenFile',
];

/** What `edit` understands: every setting that ends in config.toml or at GitLab, and flags for any key. */
export const editGrammar = {
  // What happens to be set in a shell for register must not change a runner.
  variables: control,
  command: 'edit',
  table,
  names: settingNames.filter(
    (name) => [...control, ...ofNetwork].includes(name) || isInFile(name) || livesAtGitlabAlone(name),
  ),
  verbFlags: {
    set: {
      flag: '--set',
      isSwitch: false,
      hint: 'PATH=VALUE',
      doc: 'Set a key, such as `docker.privileged=true`',
      offers: 'keys',
    },
    add: {
      flag: '--add',
      isSwitch: false,
      hint: 'PATH=VALUE',
      doc: 'Add to a list or map, such as `docker.volumes=/cache2`',
      offers: 'lists',
    },
    remove: {
      flag: '--remove',
      isSwitch: false,
      hint: 'PATH=VALUE',
      doc: 'Remove from a list or map',
      offers: 'lists',
    },
    unset: {
      flag: '--unset',
      isSwitch: false,
      hint: 'PATH',
      doc: 'Remove a key or a table, such as `docker.memory`',
      offers: 'paths',
    },
    preset: {
      flag: '--preset',
      isSwitch: false,
      hint: 'NAME|FILE',
      doc: 'Apply a preset, replacing the previous one',
      offers: 'presets',
    },
    global: { flag: '--global', isSwitch: true, doc: 'Edit the global section instead of a runner' },
    all: { flag: '--all', isSwitch: true, doc: 'Edit all runners that the key applies to' },
    metrics: {
      flag: '--metrics',
      isSwitch: false,
      optional: true,
      hint: '[ADDRESS]',
      doc: 'Metrics for Prometheus (default 127.0.0.1:9252)',
    },
    force: {
      flag: '--force',
      isSwitch: true,
      doc: 'Write unknown keys and values, for a newer gitlab-runner',
    },
  },
  next: (before: readonly string[]) => (before.length === 0 ? 'runners' : undefined),
  topics: groups,
} as const satisfies Grammar;

/** What the help of `edit` says. */
export const help: Help = {
  usage: ['edit [RUNNER] [flags]'],
  about:
    'Edit a runner or the global settings. In a terminal, a menu opens when no change is given. RUNNER is a name, a position such as "#2", an ID, or the beginning of the token.',
  more: [
    'Changes are made in this order: flags of settings, --unset, --set, --remove, --add. Settings in GitLab require an access token: --tag-list, --paused, --locked, --run-untagged, --access-level, --maximum-timeout, --maintenance-note.',
  ],
  flags: {
    'Any key': ['set', 'unset', 'add', 'remove', 'preset', 'metrics'],
    'Common settings': [
      'dockerImage',
      'dockerVolumes',
      'dockerPrivileged',
      'limit',
      'concurrent',
      'proxy',
      'noProxy',
      'caForJobs',
      'tagList',
      'paused',
    ],
    'What to edit': ['global', 'all', 'config', 'container'],
    'Other flags': ['dryRun', 'exitCode', 'yes', 'nonInteractive', 'json', 'accessTokenFile'],
  },
  examples: {
    'Let jobs of the second runner use Docker-in-Docker': "runner-setup edit '#2' --docker-privileged",
    'Add a volume and remove a limit':
      'runner-setup edit build-1 --add docker.volumes=/srv/data:/data:ro --unset docker.memory',
    'Show a change to the global settings': 'runner-setup edit --global --set concurrent=8 --dry-run',
  },
};

type EditFlag = keyof typeof editGrammar.verbFlags;

/** Whether one of edit's own switches was given. */
export const isSet = ({ verbFlags }: Pick<Reading, 'verbFlags'>, flag: EditFlag): boolean =>
  verbFlags[flag] !== undefined && isYes(verbFlags[flag].at(-1));

/** What the flags ask for in config.toml, in the order it is done: flags, `--unset`, `--set`, `--remove`, `--add`. */
export function editsOf(reading: Pick<Reading, 'verbFlags'>, settings: Settings): Edit[] {
  const level: Level = isSet(reading, 'global') ? 'global' : 'runner';
  const forced = isSet(reading, 'force');
  const words = (flag: EditFlag) => reading.verbFlags[flag] ?? [];
  const edits = [
    ...settingNames.flatMap((name) => editOfFlag(name, settings)),
    ...words('unset').map((one) => unsetting(level, one, forced)),
    ...words('set').map((one) => setting(level, one, forced)),
    ...words('remove').flatMap((one) => changingList('remove', level, one, forced)),
    ...words('add').flatMap((one) => changingList('add', level, one, forced)),
  ];
  refuseContradictions(edits, (a, b) => sameSetting(['global'], a, b));
  return edits;
}

/** The secrets among the values to be set. */
export function secretsIn(edits: readonly Edit[]): string[] {
  return edits.flatMap((edit) => {
    const name = settingAt(edit.level, edit.path);
    const isSecret = name !== undefined && table[name].kind.name === 'secret';
    return isSecret && edit.do === 'set' ? [String(edit.value)] : [];
  });
}

/** The settings given that GitLab keeps, as it wants them. */
export function bodyForGitlab(settings: Settings): Record<string, Value> {
  return Object.fromEntries(
    settingNames.flatMap((name): [string, Value][] => {
      const value = settings[name] as Value | undefined;
      return value === undefined || !livesAtGitlabAlone(name) ? [] : [[table[name].api!, value]];
    }),
  );
}

/** The flags given whose settings GitLab keeps. */
export const flagsAtGitlab = (settings: Settings): string[] =>
  settingNames
    .filter((name) => settings[name] !== undefined && livesAtGitlabAlone(name))
    .map((name) => table[name].flag);

function isInFile(name: SettingName): boolean {
  return table[name].toml !== undefined || table[name].global !== undefined;
}

function livesAtGitlabAlone(name: SettingName): boolean {
  return livesAtGitlab(name) && table[name].api !== undefined;
}

function editOfFlag(name: SettingName, settings: Settings): Edit[] {
  const { toml, global, flag } = table[name];
  const value = settings[name] as Value | undefined;
  const path = toml ?? global;
  if (path === undefined || value === undefined) return [];
  const level: Level = toml === undefined ? 'global' : 'runner';
  return [{ level, path: path.split('.'), from: flag, do: 'set', value: tomlValue(checked(name, value)) }];
}

function checked(name: SettingName, value: Value): Value {
  if (name === 'url') return readAddress(String(value));
  if (name === 'token' && kindOf(String(value), 'authentication') !== 'authentication') {
    throw new Trouble('Only an authentication token (glrt-…) can be in config.toml.', {
      hint: 'To register with another kind of token: runner-setup register',
      code: exitCode.usage,
    });
  }
  return value;
}

function unsetting(level: Level, words: string, forced: boolean): Edit {
  const from = `--unset ${words}`;
  const key = findKey(level, cutPath('--unset', words), from, true);
  const known = key.type === 'unknown' && !forced ? { ...key } : key;
  return { level, path: known.path, from, do: 'unset' };
}

function setting(level: Level, words: string, forced: boolean): Edit {
  const { path, value } = cutAssignment('--set', words);
  const from = `--set ${path.join('.')}`;
  const key = findKey(level, path, from, forced);
  return { level, path: key.path, from, do: 'set', value: readWords(key, value, from, forced) };
}

function changingList(what: 'add' | 'remove', level: Level, words: string, forced: boolean): Edit[] {
  const { path, value } = cutAssignment(`--${what}`, words);
  const from = `--${what} ${path.join('.')}`;
  const key = findKey(level, path, from, forced);
  if (key.type.startsWith('map<')) return changingMap(what, key, value, from, forced);
  if (!/\[\]$|^(policies|tables|unknown)$/.test(key.type)) {
    throw new Trouble(`${from}: ${key.path.join('.')} is not a list.`, {
      hint: what === 'add' ? `Use --set ${path.join('.')}=VALUE` : `Use --unset ${path.join('.')}`,
      code: exitCode.usage,
    });
  }
  const read = what === 'add' ? readItems : readGone;
  return [{ level, path: key.path, from, do: what, values: read(key, value, from, forced) }];
}

// The pairs of a map are keys of its table.
function changingMap(
  what: 'add' | 'remove',
  key: ReturnType<typeof findKey>,
  words: string,
  from: string,
  forced: boolean,
): Edit[] {
  const at = (name: string) => ({ level: key.level, path: [...key.path, name], from });
  if (what === 'remove') return [{ ...at(words.split('=')[0]!), do: 'unset' }];
  const pairs = readWords(key, words, from, forced) as Table;
  return Object.entries(pairs).map(([name, value]): Edit => ({ ...at(name), do: 'set', value }));
}
