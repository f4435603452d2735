import { basename, join } from 'node:path';
import { configOfStart, runCommandIn, valueIn } from '../runner-words.ts';
import { entriesOf, isThere, type ServicePlace, textOf, userOf } from './files.ts';
import type { RunnerService } from './service.ts';

/**
 * The scripts of /etc/init.d that start gitlab-runner, by what their text says: what `gitlab-runner install` writes where
 * there is no systemd (`cmd=`), and scripts of OpenRC (`command=`, `command_args=`), each with the variables of its file
 * in /etc/conf.d, /etc/default or /etc/sysconfig.
 */
export function initServices(place: ServicePlace): RunnerService[] {
  const folder = join(place.root, 'etc/init.d');
  const named = entriesOf(folder).filter(({ name }) => name.includes('runner'));
  return named.flatMap(({ name }) => serviceOf(place, name, join(folder, name)) ?? []);
}

function serviceOf(place: ServicePlace, name: string, file: string): RunnerService | undefined {
  const { root } = place;
  const besides = ['etc/conf.d', 'etc/default', 'etc/sysconfig'].map((one) => textOf(join(root, one, name)));
  const variables = assignments([...besides, textOf(file)].join('\n'));
  const start = runCommandIn(wordsOf(variables));
  if (start === undefined) return undefined;
  const { program, words } = start;
  const account = variables.get('command_user')?.split(':')[0];
  const user = account ? userOf(root, account) : { uid: 0, home: undefined };
  const config = configOfStart({
    words,
    variable: (key) => (key === 'HOME' ? user?.home : variables.get(key)),
    folder: () => valueIn(words, 'working-directory|d') ?? '/',
    uid: user?.uid,
  });
  return {
    manager: 'init',
    name,
    file,
    isEnabled: isEnabled(root, name),
    program,
    config: config?.includes('$') ? undefined : config,
    user: valueIn(words, 'user|u'),
    uid: user?.uid,
  };
}

// A shell takes the quotes in the value of cmd= for its own; blanks in a path would part it there, too.
function wordsOf(variables: ReadonlyMap<string, string>): string[] {
  const openRc = [variables.get('command'), variables.get('command_args')].filter((one) => one !== undefined);
  const text = variables.get('cmd') ?? openRc.join(' ');
  return text
    .replace(/\\?["']/g, '')
    .split(/\s+/)
    .filter(Boolean);
}

/** The variables that a text of shell sets at the beginning of lines, with those before them put in. */
function assignments(text: string): Map<string, string> {
  const found = new Map<string, string>();
  const set = (name: string, value: string) => found.set(name, expanded(value, found));
  for (const line of linesOf(text)) {
    const [, name, value = ''] = /^\s*(?:export\s+)?(\w+)=(.*)$/.exec(line) ?? [];
    const [, fallback, otherwise = ''] = /^\s*:\s+"?\$\{(\w+):?=(.*)\}"?\s*$/.exec(line) ?? [];
    if (name !== undefined) set(name, unquoted(value));
    else if (fallback !== undefined && !found.has(fallback)) set(fallback, unquoted(otherwise));
  }
  return found;
}

// Lines that go on are one: by a backslash, or inside quotes.
const linesOf = (text: string): string[] =>
  text
    .replaceAll('\\\n', ' ')
    .replace(/^[ \t]*(?:export[ \t]+)?\w+=(?:"[^"]*"|'[^']*')/gm, (all) => all.replaceAll('\n', ' '))
    .split('\n');

function unquoted(value: string): string {
  const text = value.trim();
  const quote = text[0];
  const isQuoted = (quote === '"' || quote === "'") && text.lastIndexOf(quote) > 0;
  return isQuoted ? text.slice(1, text.lastIndexOf(quote)) : text.replace(/(?<!\s)\s+#.*$/, '');
}

// What grows beyond any command line is left as it is.
const expanded = (value: string, variables: ReadonlyMap<string, string>): string =>
  value.replace(/\$(?:\{(\w+)(?::?-([^}]*))?\}|(\w+))/g, (all, braced, otherwise, bare) => {
    const text = variables.get(braced ?? bare) ?? otherwise ?? all;
    return text.length > 4096 ? all : text;
  });

// OpenRC has a folder for each runlevel; the others have S and a number before the name.
function isEnabled(root: string, name: string): boolean {
  const levels = join(root, 'etc/runlevels');
  if (entriesOf(levels).some((level) => isThere(join(levels, level.name, name)))) return true;
  const rc = [2, 3, 4, 5].flatMap((level) => [
    join(root, `etc/rc${level}.d`),
    join(root, `etc/rc.d/rc${level}.d`),
  ]);
  const started = rc.flatMap((folder) => entriesOf(folder).map((one) => basename(one.name)));
  return started.some((one) => /^S\d+/.test(one) && one.replace(/^S\d+/, '') === name);
}
