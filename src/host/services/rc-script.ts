import { join } from 'node:path';
import { configOfStart, runCommandIn, valueIn } from '../runner-words.ts';
import { entriesOf, namesIn, type ServicePlace, textOf, userOf } from './files.ts';
import type { RunnerService } from './service.ts';
import { expanded, shellVariables, shellWords } from './shell-variables.ts';

/**
 * The scripts of rc.d that start gitlab-runner on FreeBSD, by what their text says: that of the port, and that of GitLab's
 * documentation, each with the variables of rc.conf, which decide whether it starts by itself.
 */
export function rcServices(place: ServicePlace): RunnerService[] {
  const folders = ['usr/local/etc/rc.d', 'etc/rc.d'].map((folder) => join(place.root, folder));
  return folders.flatMap((folder) =>
    entriesOf(folder)
      .filter(({ name }) => name.includes('runner') && !/\.(sample|pkgsave)$/.test(name))
      .flatMap(({ name }) => serviceOf(place, name, join(folder, name)) ?? []),
  );
}

function serviceOf(place: ServicePlace, script: string, file: string): RunnerService | undefined {
  const { root } = place;
  const text = textOf(file);
  const name = shellVariables(text).get('name') ?? script;
  const variables = shellVariables(`${settingsOf(root, name)}\n${text}`);
  const all = wordsOf(variables);
  const start = runCommandIn(all);
  if (start === undefined) return undefined;
  const { program, words } = start;
  const account = variables.get(`${name}_user`) ?? variables.get('user');
  const uid = account === undefined ? 0 : userOf(root, account)?.uid;
  const before = shellVariables(all.slice(0, all.indexOf(program)).join('\n'));
  const variable = (key: string) => before.get(key) ?? variables.get(key);
  return {
    ...{ manager: 'rc.d', name: script, file, program, uid },
    isEnabled: /^(yes|true|on|1)$/i.test(variables.get(`${name}_enable`) ?? ''),
    config: known(configOf({ words, variable, uid, isPort: variables.has(`${name}_dir`) })),
    user: valueIn(words, 'user|u'),
    pid: Number(textOf(join(root, variables.get('pidfile') ?? '')).trim()) || undefined,
    log: known(logOf(text, variables)),
  };
}

/** The files that rc.subr reads the variables of a service from, one after the other. */
function settingsOf(root: string, name: string): string {
  const own = ['etc/rc.conf.d', 'usr/local/etc/rc.conf.d'].flatMap((folder) => {
    const path = join(root, folder, name);
    return [path, ...namesIn(path).map((each) => join(path, each))];
  });
  return [join(root, 'etc/rc.conf'), join(root, 'etc/rc.conf.local'), ...own].map(textOf).join('\n');
}

const wordsOf = (variables: ReadonlyMap<string, string>): string[] =>
  shellWords(`${variables.get('command') ?? ''} ${variables.get('command_args') ?? ''}`);

/** What decides which config.toml a script's gitlab-runner reads. */
interface Start {
  readonly words: readonly string[];
  variable(name: string): string | undefined;
  readonly uid: number | undefined;
  /** Whether it is the program of the port, which is built with another folder for root. */
  readonly isPort: boolean;
}

function configOf({ words, variable, uid, isPort }: Start): string | undefined {
  const folder = () => valueIn(words, 'working-directory|d') ?? variable('HOME');
  const config = configOfStart({ words, variable, folder, uid });
  const isUsual = valueIn(words, 'config|c') === undefined && !variable('CONFIG_FILE');
  return isPort && uid === 0 && isUsual ? '/usr/local/etc/gitlab-runner/config.toml' : config;
}

// Where the script of the documentation sends what gitlab-runner prints; that of the port logs to syslog.
const logOf = (text: string, variables: ReadonlyMap<string, string>): string | undefined => {
  const [, log] = /^[^#\n]*\bdaemon\b[^\n]*\s>>?\s*([^\s&>]+)/m.exec(text) ?? [];
  return log === undefined ? undefined : expanded(log, variables);
};

const known = (path: string | undefined): string | undefined => (path?.includes('$') ? undefined : path);
