import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { quote, type Shell } from '../../text/shell-quote.ts';
import type { Env } from '../../world.ts';
import { runnersOfWindows } from '../services/windows.ts';
import { machineIdBy } from './machine-id.ts';
import type { Openness, Platform, ServiceWords, Who } from './platform.ts';
import { saidBy } from './said.ts';

/** Windows, where gitlab-runner is a service that reads config.toml from the folder it was installed with. */
export const windows: Platform = {
  isWindows: true,
  hasOwnContainers: false,
  defaultConfigFile: ({ cwd }: Who) => join(cwd ?? '.', 'config.toml'),
  defaultConfigWords: 'Default: config.toml in the current folder, if none is in use',
  systemConfigFile: undefined,
  usualConfigFiles: () => [],
  containerFolder: ({ home }) => join(home, 'gitlab-runner', 'config'),
  hostsFile: 'C:\\Windows\\System32\\drivers\\etc\\hosts',
  machineId: () =>
    machineIdBy('C:\\Windows\\System32\\reg.exe', [
      'query',
      'HKLM\\SOFTWARE\\Microsoft\\Cryptography',
      '/v',
      'MachineGuid',
      '/reg:64',
    ]),
  opennessOf,
  executable: (name) => `${name}.exe`,
  npm,
  userName: () => undefined,
  runningRunners: () => runnersOfWindows()?.running,
  containedRunners: () => [],
  runnerServices: async () => runnersOfWindows()?.services ?? [],
  binary: async () => (await import('./binaries/windows.ts')).windowsBinary,
  service: ({ env }) => service(env),
  usualService: service,
  shell,
  hasSudo: false,
  serviceManager: 'windows',
};

/**
 * Which groups of users may use a file, by its access list in the form that has no language (SDDL). Files have no mode
 * here, and what is made in a new folder of a drive can be read by all users, who get that from the drive.
 */
function opennessOf(path: string): Openness | undefined {
  const listed = saidBy(
    'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe',
    ['-NoProfile', '-NonInteractive', '-Command', '(Get-Acl -LiteralPath $env:FILE).Sddl'],
    { FILE: path },
  );
  const granted = [...listed.matchAll(/\(A;[^;]*;[^;]*;[^;]*;[^;]*;(WD|AU|BU|BG|IU)\)/g)];
  const groups = new Set(granted.map(([, group]) => groupNames[group!]!));
  if (groups.size === 0) return undefined;
  const folder = quote(dirname(path));
  // The administrators and the system, in every language; a new version of the file has its rights from the folder.
  const rights = ['*S-1-5-32-544:(OI)(CI)F', '*S-1-5-18:(OI)(CI)F'].map(quote);
  const next = `icacls ${folder} /inheritance:r /grant:r ${rights.join(' ')}`;
  return { shown: [...groups].join(', '), next, fixable: false };
}

const groupNames: Readonly<Record<string, string>> = {
  WD: 'Everyone',
  AU: 'Authenticated Users',
  BU: 'Users',
  BG: 'Guests',
  IU: 'Interactive',
};

// npm is a script of the command prompt, which nothing but a shell can start: Node gets the file that this script would
// give it. Names of variables have no case on Windows, but those of a copy have.
function npm(env: Env, node: string): readonly [string, string] | undefined {
  const [, path = ''] = Object.entries(env).find(([name]) => name.toUpperCase() === 'PATH') ?? [];
  const file = path
    .split(';')
    .filter((folder) => folder !== '' && existsSync(join(folder, 'npm.cmd')))
    .map((folder) => join(folder, 'node_modules', 'npm', 'bin', 'npm-cli.js'))
    .find((one) => existsSync(one));
  return file === undefined ? undefined : [node, file];
}

/**
 * Which shell it is, by what PowerShell and Git Bash leave in the environment of programs: PowerShell has a folder for
 * modules in the folder of the user, or of its own program; nobody else adds one.
 */
function shell(env: Env): Shell {
  if (env.MSYSTEM || env.SHELL) return 'posix';
  const { PSModulePath = '', USERPROFILE = '' } = env;
  const folders = PSModulePath.toLowerCase().split(';');
  const isOfPowerShell = (folder: string) =>
    (USERPROFILE !== '' && folder.startsWith(`${USERPROFILE.toLowerCase()}\\`)) ||
    /\\powershell\\\d/.test(folder);
  return folders.some(isOfPowerShell) || !env.PROMPT ? 'powershell' : 'cmd';
}

function service(env: Env): ServiceWords {
  return shell(env) === 'powershell' ? byCommandlets : byPrograms;
}

const byCommandlets: ServiceWords = {
  start: 'Start-Service gitlab-runner',
  stop: 'Stop-Service gitlab-runner',
  restart: 'Restart-Service gitlab-runner',
  status: 'Get-Service gitlab-runner',
  log: "Get-WinEvent -FilterHashtable @{LogName='Application'; ProviderName='gitlab-runner'} -MaxEvents 50",
};

const byPrograms: ServiceWords = {
  start: 'net start gitlab-runner',
  stop: 'net stop gitlab-runner',
  restart: 'net stop gitlab-runner && net start gitlab-runner',
  status: 'sc query gitlab-runner',
  log: `wevtutil qe Application "/q:*[System[Provider[@Name='gitlab-runner']]]" /c:50 /rd:true /f:text`,
};
