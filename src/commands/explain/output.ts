import type { Explained } from '../../app/explain-key.ts';
import { plainOf } from '../../config/plain.ts';
import { writeValue } from '../../config/write.ts';
import { table } from '../../settings/table.ts';
import { settingAt } from '../../settings/toml-keys.ts';
import type { Output } from '../../terminal/output-schema.ts';
import type { Say } from '../../terminal/say.ts';
import { columnsOf } from '../../terminal/size.ts';
import { tableLines } from '../../terminal/tables.ts';
import type { World } from '../../world.ts';
import { bare, type Subject } from './subjects.ts';

/** Shows what is explained: to read, or as the object of `--json`. */
export function showSubjects(say: Say, subjects: readonly Subject[], world: World): void {
  if (say.mode.json) {
    const keys = subjects.flatMap(({ about, keys = [] }) => [...(about ? [about] : []), ...keys]);
    say.object({ action: 'explained', changed: false, keys: keys.map(plain) });
    return;
  }
  for (const [at, subject] of subjects.entries()) {
    if (at > 0) say.result('');
    tellSubject(say, subject, columnsOf(world.stdout));
  }
}

function tellSubject(say: Say, { about, header, description, keys }: Subject, columns: number): void {
  say.result(keys === undefined ? about!.key : (header ?? 'config.toml'));
  if (description !== undefined) say.result(`  ${bare(description)}`, 2);
  say.result('');
  if (keys === undefined) tellKey(say, about!);
  else tellTable(say, keys, columns);
}

function tellKey(say: Say, one: Explained): void {
  const rows: readonly (readonly [title: string, text: string | undefined])[] = [
    ['Type', typeWords[one.type] ?? one.type],
    ['Values', one.choices?.join(', ')],
    ['Default', shownDefault(one)],
    ['Since', one.since && `gitlab-runner ${one.since}`],
    ['Table', one.header ?? 'top of the file'],
    ['Example', one.example],
    ['Flag', flagOf(one)],
    ['Variable', one.variable],
    ['Edit', editCommand(one, isList(one) ? '--add' : '--set')],
    ['Replace', isList(one) && !one.isSecret ? editCommand(one, '--set') : undefined],
  ];
  for (const [title, text] of rows)
    if (text !== undefined) say.result(`  ${`${title}:`.padEnd(10)}${text}`, 12);
}

const shownDefault = (one: Explained): string | undefined =>
  one.defaultWords ?? (one.default === undefined ? undefined : writeValue(one.default));

function flagOf({ level, path, flag }: Explained): string | undefined {
  const name = settingAt(level, path);
  return name === undefined ? undefined : `${flag} ${table[name].kind.hint}`.trimEnd();
}

const isList = ({ type }: Explained): boolean => type.endsWith('[]');

// A secret is asked for by the menu of edit; on the command line others could read it.
function editCommand({ level, placed, isSecret }: Explained, flag: '--add' | '--set'): string {
  const target = level === 'global' ? '--global' : 'RUNNER';
  return `runner-setup edit ${target}${isSecret ? '' : ` ${flag} ${placed.join('.')}=VALUE`}`;
}

function tellTable(say: Say, keys: readonly Explained[], columns: number): void {
  const rows = keys.map((one) => [
    one.path.at(-1)!,
    shortTypes[one.type] ?? one.type,
    shownDefault(one) ?? '',
    bare(one.description ?? ''),
  ]);
  say.lines(tableLines(tableColumns, rows, columns));
}

const tableColumns = [
  { title: 'KEY' },
  { title: 'TYPE', least: 4, dropped: 1 },
  { title: 'DEFAULT', least: 7, dropped: 0 },
  { title: 'DESCRIPTION', least: 40 },
];

const typeWords: Readonly<Record<string, string>> = {
  int: 'integer',
  bool: 'boolean (true or false)',
  float: 'float',
  datetime: 'date and time',
  duration: 'duration, such as "1h30m"',
  'string[]': 'list of strings',
  'int[]': 'list of integers',
  'float[]': 'list of floats',
  policies: 'string, or list of strings',
  'map<string,string>': 'table of strings',
  'map<string,bool>': 'table of booleans',
  'map<string,int>': 'table of integers',
  'map<string,string[]>': 'table of lists of strings',
  'map<string,any>': 'table of any values',
};

const shortTypes: Readonly<Record<string, string>> = {
  ...typeWords,
  bool: 'boolean',
  duration: 'duration',
  policies: 'list of strings',
  table: 'table',
  tables: 'list of tables',
};

const plain = (one: Explained): NonNullable<Output['keys']>[number] => ({
  key: one.key,
  type: shortTypes[one.type] ?? one.type,
  ...(one.header !== undefined && { table: one.header }),
  description: bare(one.description ?? ''),
  ...(one.default !== undefined && { default: plainOf(one.default) }),
  ...(one.defaultWords !== undefined && { defaultIs: one.defaultWords }),
  ...(one.since !== undefined && { since: one.since }),
  ...(one.choices !== undefined && { choices: one.choices }),
  ...(one.example !== undefined && { example: one.example }),
  ...(one.flag !== undefined && { flag: one.flag }),
  ...(one.variable !== undefined && { variable: one.variable }),
  secret: one.isSecret,
});
