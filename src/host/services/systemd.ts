import { basename, join } from 'node:path';
import { readUnit, type UnitEntry, unitValues, unitWords } from '../../text/read-unit.ts';
import { configOfStart, type RunCommand, runCommandIn, valueIn } from '../runner-words.ts';
import { entriesOf, isThere, namesIn, type ServicePlace, textOf, userOf } from './files.ts';
import type { RunnerService } from './service.ts';

/** A place of units: its folders, the first of which comes before the others, and who its services run as by default. */
interface Manager {
  readonly folders: readonly string[];
  readonly uid: number | undefined;
  readonly home: string | undefined;
}

/**
 * The units of systemd that start gitlab-runner, drop-ins included, by their files: those of the machine, and those of
 * the user who asks. Of the folders that packages fill, only units that have "runner" in their name are read.
 */
export function systemdServices(place: ServicePlace): RunnerService[] {
  const { root, uid, home } = place;
  const at = (...folders: string[]) => folders.map((folder) => join(root, folder));
  const machine = at(
    'etc/systemd/system',
    'run/systemd/system',
    'usr/local/lib/systemd/system',
    'usr/lib/systemd/system',
    'lib/systemd/system',
  );
  const user = [
    join(home, '.config/systemd/user'),
    ...at('etc/systemd/user'),
    join(home, '.local/share/systemd/user'),
    ...at('usr/lib/systemd/user'),
  ];
  return [
    { folders: machine, uid: 0, home: undefined },
    { folders: user, uid, home },
  ].flatMap((manager) => unitNames(manager).flatMap((name) => serviceOf(place, manager, name) ?? []));
}

/** More files of their own than any machine has. */
const mostUnits = 500;

function unitNames({ folders }: Manager): string[] {
  const [own = '', ...others] = folders;
  const isUnit = (name: string) => name.endsWith('.service');
  const isNamed = (name: string) => name.includes('runner');
  const mine = entriesOf(own).filter((one) => isUnit(one.name) && (one.isFile() || isNamed(one.name)));
  const theirs = others.flatMap(namesIn).filter((name) => isNamed(name) && isUnit(name));
  return [...new Set([...mine.slice(0, mostUnits).map(({ name }) => name), ...theirs])].flatMap((name) =>
    name.endsWith('@.service') ? instancesOf(folders, name) : [name],
  );
}

// Only those that are started by others: whatever else can be made of a template is not there.
function instancesOf(folders: readonly string[], template: string): string[] {
  const [start, end] = template.split('@') as [string, string];
  const all = wantFolders(folders).flatMap((folder) => entriesOf(folder).map(({ name }) => name));
  return [...new Set(all)].filter((name) => name.startsWith(`${start}@`) && name.endsWith(end));
}

function serviceOf(place: ServicePlace, manager: Manager, name: string): RunnerService | undefined {
  const { folders } = manager;
  const template = name.replace(/@.*(?=\.service$)/, '@');
  const file = [name, template].flatMap((one) => folders.map((folder) => join(folder, one))).find(isThere);
  if (file === undefined) return undefined;
  const own = textOf(file);
  if (!own.includes('runner') && !name.includes('runner')) return undefined;
  const names = [...new Set([name, template])];
  const entries = [own, ...dropIns(folders, names).map(textOf)].flatMap(readUnit);
  const start = startOf(entries, name);
  if (start === undefined) return undefined;
  const { program, words } = start;
  const user = userOfUnit(place, manager, entries);
  const variables = variablesOf(place, entries);
  const folder =
    valueIn(words, 'working-directory|d') ?? unitValues(entries, 'Service', 'WorkingDirectory').at(-1);
  return {
    manager: 'systemd',
    name,
    file,
    isEnabled: wantFolders(folders).some((wanted) => isThere(join(wanted, name))),
    program,
    config: known(
      configOfStart({
        words,
        variable: (key) => variables.get(key) ?? (key === 'HOME' ? user.home : undefined),
        folder: () => known(folder?.replace(/^-?~$/, user.home ?? '%h').replace(/^-/, '') ?? '/'),
        uid: user.uid,
      }),
    ),
    user: valueIn(words, 'user|u'),
    uid: user.uid,
  };
}

function startOf(entries: readonly UnitEntry[], unit: string): RunCommand | undefined {
  const command =
    unitValues(entries, 'Service', 'ExecStart')
      .at(-1)
      ?.replace(/^[-@:+!|]+/, '') ?? '';
  if (!command.includes('runner')) return undefined;
  return runCommandIn(unitWords(command).map((word) => specified(word, unit).replaceAll('$$', '$')));
}

// What systemd would put in for other specifiers and variables cannot be known here.
const known = (path: string | undefined): string | undefined =>
  path === undefined || /%[a-zA-Z]|\$[{A-Z]/.test(path) ? undefined : path;

function specified(word: string, unit: string): string {
  const whole = basename(unit, '.service');
  const [prefix = '', instance = ''] = whole.split(/@(.*)/s);
  const values: Readonly<Record<string, string>> = {
    '%': '%',
    n: unit,
    N: whole,
    p: prefix,
    i: instance,
    I: instance,
  };
  return word.replace(/%(.)/g, (all, letter: string) => values[letter] ?? all);
}

// A file of the same name in an earlier folder takes the place of the others.
function dropIns(folders: readonly string[], names: readonly string[]): string[] {
  const found = new Map<string, string>();
  for (const folder of folders.flatMap((one) => names.map((name) => join(one, `${name}.d`))))
    for (const { name } of entriesOf(folder))
      if (name.endsWith('.conf') && !found.has(name)) found.set(name, join(folder, name));
  return [...found].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, file]) => file);
}

function userOfUnit({ root }: ServicePlace, manager: Manager, entries: readonly UnitEntry[]) {
  const named = unitValues(entries, 'Service', 'User').at(-1);
  if (named === undefined) return { uid: manager.uid, home: manager.home };
  const { uid, home } = userOf(root, named) ?? {};
  return { uid, home };
}

// What a file says counts more than what the unit says.
function variablesOf({ root }: ServicePlace, entries: readonly UnitEntry[]): Map<string, string> {
  const files = unitValues(entries, 'Service', 'EnvironmentFile').map((file) =>
    join(root, file.replace(/^-/, '')),
  );
  const inFiles = files.flatMap((file) =>
    readUnit(textOf(file)).map(({ key, value }) => `${key}=${unitWords(value).join(' ')}`),
  );
  const inUnit = unitValues(entries, 'Service', 'Environment').flatMap(unitWords);
  return new Map(
    [...inUnit, ...inFiles].map((one) => [one.replace(/=.*/s, ''), one.slice(one.indexOf('=') + 1)]),
  );
}

const wantFolders = (folders: readonly string[]): string[] =>
  folders.flatMap((folder) =>
    entriesOf(folder)
      .filter(({ name }) => /\.(wants|requires|upholds)$/.test(name))
      .map(({ name }) => join(folder, name)),
  );
