import { basename, join } from 'node:path';
import { configOfStart, runCommandIn, valueIn } from '../runner-words.ts';
import { entriesOf, isThere, type ServicePlace, textOf, userOf } from './files.ts';
import type { RunnerService } from './service.ts';
import { shellVariables, shellWords } from './shell-variables.ts';

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
  const variables = shellVariables([...besides, textOf(file)].join('\n'));
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

function wordsOf(variables: ReadonlyMap<string, string>): string[] {
  const openRc = [variables.get('command'), variables.get('command_args')].filter((one) => one !== undefined);
  return shellWords(variables.get('cmd') ?? openRc.join(' '));
}

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
