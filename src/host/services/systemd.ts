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
  /** The names of the units that others start. */
  wanted(): ReadonlySet<string>;
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
    { folders: machine, uid: 0, home: undefined, wanted: wantedIn(machine) },
    { folders: user, uid, home, wanted: wantedIn(user) },
  ].flatMap((manager) => unitNames(manager).flatMap((name) => serviceOf(place, manager, name) ?? []));
}

/** More files of their own than any machine has. */
const mostUnits = 500;

function unitNames({ folders, wanted }: Manager): string[] {
  const [own = '', ...others] = folders;
  const isUnit = (name: string) => name.endsWith('.service');
  const isNamed = (name: string) => name.includes('runner');
  let unnamed = mostUnits;
  const mine = entriesOf(own)
    .filter((one) => isUnit(one.name) && (one.isFile() || isNamed(one.name)))
    .map(({ name }) => name)
    .filter((name) => isNamed(name) || unnamed-- > 0);
  const theirs = others.flatMap(namesIn).filter((name) => isNamed(name) && isUnit(name));
  return [...new Set([...mine, ...theirs])].flatMap((name) =>
    name.endsWith('@.service') ? instancesOf(wanted(), name) : [name],
  );
}

// Only those that are started by others: whatever else can be made of a template is not there.
function instancesOf(wanted: ReadonlySet<string>, template: string): string[] {
  const [start, end] = template.split('@') as [string, string];
  return [...wanted].filter((name) => name.startsWith(`${start}@`) && name.endsWith(end));
}

function serviceOf(place: ServicePlace, manager: Manager, name: string): RunnerService | undefined {
  const { folders } = manager;
  const template = name.replace(/@.*(?=\.service$)/, '@');
  const file = [name, template].flatMap((one) => folders.map((folder) => join(folder, one))).find(isThere);
  if (file === undefined) return undefined;
  const own = textOf(file);
  // One that is masked is a link to /dev/null.
  if (own === '' || !(own.includes('runner') || name.includes('runner'))) return undefined;
  const names = [...new Set([name, template])];
  const entries = [own, ...dropIns(folders, names).map(textOf)].flatMap(readUnit);
  const put = (text: string) => specified(text, name, manager.home);
  const variables = variablesOf(place, entries, put);
  const start = startOf(entries, put, variables);
  if (start === undefined) return undefined;
  const { program, words } = start;
  const user = userOfUnit(place, manager, entries);
  const folder =
    valueIn(words, 'working-directory|d') ?? unitValues(entries, 'Service', 'WorkingDirectory').at(-1);
  return {
    manager: 'systemd',
    name,
    file,
    isEnabled: manager.wanted().has(name),
    program,
    config: known(
      configOfStart({
        words: words.some((word) => /^\$\w/.test(word)) ? [unknown, ...words] : words,
        variable: (key) => variables.get(key) ?? (key === 'HOME' ? user.home : undefined),
        folder: () => known(put(folder?.replace(/^-?~$/, user.home ?? '%h').replace(/^-/, '') ?? '/')),
        uid: user.uid,
      }),
    ),
    user: valueIn(words, 'user|u'),
    uid: user.uid,
  };
}

// A variable that is not known may have words for the file, if no other word has it.
const unknown = '--config=/${';

function startOf(
  entries: readonly UnitEntry[],
  put: (text: string) => string,
  variables: ReadonlyMap<string, string>,
): RunCommand | undefined {
  const command =
    unitValues(entries, 'Service', 'ExecStart')
      .at(-1)
      ?.replace(/^[-@:+!|]+/, '') ?? '';
  if (!command.includes('runner')) return undefined;
  return runCommandIn(
    unitWords(command).flatMap((word) =>
      withVariables(put(word), command.length > longest ? new Map() : variables),
    ),
  );
}

// Beyond it nothing is put in: it would grow beyond any command line.
const longest = 4096;

// A variable that is a word of its own becomes as many words as it has.
function withVariables(word: string, variables: ReadonlyMap<string, string>): string[] {
  const own = /^\$(\w+)$/.exec(word)?.[1];
  if (own !== undefined) return unitWords(variables.get(own) ?? word);
  return [
    word.replace(/\$\$|\$\{(\w+)\}/g, (all, name) =>
      name === undefined ? '$' : (variables.get(name) ?? all),
    ),
  ];
}

// What systemd would put in for other specifiers and variables cannot be known here.
const known = (path: string | undefined): string | undefined =>
  path === undefined || /%[a-zA-Z]|\$[{A-Z]/.test(path) ? undefined : path;

function specified(word: string, unit: string, home: string | undefined): string {
  const whole = basename(unit, '.service');
  const [prefix = '', instance = ''] = whole.split(/@(.*)/s);
  const values: Readonly<Record<string, string | undefined>> = {
    '%': '%',
    h: home,
    n: unit,
    N: whole,
    p: prefix,
    i: instance,
    I: unitWords(instance.replaceAll('-', '/')).join(' '),
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
function variablesOf(
  { root }: ServicePlace,
  entries: readonly UnitEntry[],
  put: (text: string) => string,
): Map<string, string> {
  const files = unitValues(entries, 'Service', 'EnvironmentFile').map((file) =>
    join(root, put(file.replace(/^-/, ''))),
  );
  const inFiles = files.flatMap((file) =>
    readUnit(textOf(file)).map(({ key, value }) => `${key}=${unitWords(value).join(' ')}`),
  );
  const inUnit = unitValues(entries, 'Service', 'Environment').flatMap(unitWords).map(put);
  return new Map(
    [...inUnit, ...inFiles]
      .filter((one) => one.length <= longest)
      .map((one) => [one.replace(/=.*/s, ''), one.slice(one.indexOf('=') + 1)]),
  );
}

// Asked for by units of gitlab-runner alone, and read once for all of them.
function wantedIn(folders: readonly string[]): () => ReadonlySet<string> {
  let names: ReadonlySet<string> | undefined;
  return () => {
    names ??= new Set(wantFolders(folders).flatMap(namesIn));
    return names;
  };
}

const wantFolders = (folders: readonly string[]): string[] =>
  folders.flatMap((folder) =>
    entriesOf(folder)
      .filter(({ name }) => /\.(wants|requires|upholds)$/.test(name))
      .map(({ name }) => join(folder, name)),
  );
