import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Env } from '../../world.ts';
import { machineIdBy } from './machine-id.ts';
import type { Platform, ServiceWords, Who } from './platform.ts';

/** Windows, where gitlab-runner is a service that reads config.toml from the folder it was installed with. */
export const windows: Platform = {
  isWindows: true,
  hasOwnContainers: false,
  defaultConfigFile: ({ cwd }: Who) => join(cwd ?? '.', 'config.toml'),
  usualConfigFiles: () => [],
  containerFolder: ({ home }) => (home === '' ? '/srv/gitlab-runner/config' : `${home}/gitlab-runner/config`),
  hostsFile: 'C:\\Windows\\System32\\drivers\\etc\\hosts',
  machineId: () =>
    machineIdBy('C:\\Windows\\System32\\reg.exe', [
      'query',
      'HKLM\\SOFTWARE\\Microsoft\\Cryptography',
      '/v',
      'MachineGuid',
      '/reg:64',
    ]),
  // Rights are lists of who may do what there, which a mode does not show.
  looseMode: () => undefined,
  executable: (name) => `${name}.exe`,
  npm,
  runningRunners: () => undefined,
  containedRunners: () => [],
  runnerServices: async () => [],
  service,
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

function service(): ServiceWords {
  return {
    start: 'Start-Service gitlab-runner',
    stop: 'Stop-Service gitlab-runner',
    restart: 'Restart-Service gitlab-runner',
    status: 'Get-Service gitlab-runner',
    log: "Get-WinEvent -FilterHashtable @{LogName='Application'; ProviderName='gitlab-runner'} -MaxEvents 50",
  };
}
