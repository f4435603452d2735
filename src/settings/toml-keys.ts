import { logFormats, logLevels } from './executors.ts';
import {
  choice,
  fraction,
  type Kind,
  list,
  listMap,
  seconds,
  text,
  textMap,
  whole,
  wholeMap,
  wholes,
  yesNo,
  yesNoMap,
} from './kinds.ts';
import type { Row } from './row.ts';
import { type SettingName, settingNames, table } from './table.ts';

/** Where a key of config.toml stands: at the top, or below `[[runners]]`. */
export type Level = 'global' | 'runner';

/** The setting whose value stands at a path of config.toml; nothing for a key that has no flag. */
export function settingAt(level: Level, path: readonly string[]): SettingName | undefined {
  return (level === 'global' ? globals : below).get(path.join('.'));
}

/** How the words of a person become the value of a key; the type is named as config/ names it. */
export function kindOfKey(level: Level, path: readonly string[], type: string): Kind {
  const name = settingAt(level, path);
  if (name !== undefined) return table[name].kind;
  const key = level === 'global' ? path.join('.') : '';
  if (listening.has(key)) return text('ADDRESS', 'listen');
  if (inSeconds[level].has(path.filter((part) => !/^\d+$/.test(part)).join('.'))) return seconds();
  const words = globalWords[key];
  return words === undefined ? kindOfType(type) : choice(words);
}

/** The kind for a type of config.toml, when no setting knows better. */
export function kindOfType(type: string): Kind {
  return kinds[type] ?? text();
}

/** What a key is for: the setting's documentation, or our own words on a global key. */
export function wordsOnKey(level: Level, path: readonly string[]): string | undefined {
  const name = settingAt(level, path);
  if (name !== undefined) return table[name].doc;
  return level === 'global' ? globalDocs[path.join('.')] : undefined;
}

const mapOf = (path: (row: Row) => string | undefined): ReadonlyMap<string, SettingName> =>
  new Map(
    settingNames.flatMap((name) => {
      const at = path(table[name]);
      return at === undefined ? [] : [[at, name] as const];
    }),
  );

const below = mapOf((row) => row.toml);
const globals = mapOf((row) => row.global);

// gitlab-runner stops at any other word for these two.
const globalWords: Readonly<Record<string, readonly string[]>> = {
  log_level: logLevels,
  log_format: logFormats,
};

const listening: ReadonlySet<string> = new Set(['listen_address', 'session_server.listen_address']);

// Those without a flag: gitlab-runner takes a whole number only.
const inSeconds: Readonly<Record<Level, ReadonlySet<string>>> = {
  global: new Set(['check_interval', 'shutdown_timeout', 'session_server.session_timeout']),
  runner: new Set(['machine.OffPeakIdleTime', 'machine.autoscaling.IdleTime']),
};

const globalDocs: Readonly<Record<string, string>> = {
  check_interval: 'Seconds between checks for new jobs (0 = 3 seconds)',
  log_level: 'Log level of gitlab-runner',
  log_format: 'Log format of gitlab-runner: `runner`, `text`, or `json`',
  listen_address: 'Address of the metrics server, such as `127.0.0.1:9252`',
  sentry_dsn: 'Sentry DSN for error reports',
  connection_max_age: 'Maximum age of connections to GitLab, such as `15m`',
  shutdown_timeout: 'Timeout of a forced shutdown in seconds',
  'session_server.listen_address': 'Listen address of the session server, such as `[::]:8093`',
  'session_server.advertise_address': 'Address at which GitLab reaches the session server',
  'session_server.session_timeout': 'Seconds a session stays open after its job',
};

const kinds: Readonly<Record<string, Kind>> = {
  int: whole(),
  float: fraction(),
  bool: yesNo(),
  duration: text('DURATION', 'duration'),
  datetime: text('DATE'),
  'string[]': list('TEXT'),
  policies: list('TEXT'),
  'int[]': wholes(),
  'map<string,string>': textMap(),
  'map<string,any>': textMap(),
  'map<string,bool>': yesNoMap('KEY=true|false'),
  'map<string,int>': wholeMap('KEY=N'),
  'map<string,string[]>': listMap('KEY=TEXT'),
};
