import { statSync } from 'node:fs';
import { join } from 'node:path';
import { quote } from '../../text/shell-quote.ts';
import { userOf } from '../services/files.ts';
import type { Openness, Platform, ServiceWords, Who } from './platform.ts';

/** What Linux, macOS, and the BSDs have in common. */
export const unix = {
  isWindows: false,
  defaultConfigFile: ({ uid, home, cwd }: Who): string =>
    uid === 0
      ? '/etc/gitlab-runner/config.toml'
      : join(home || (cwd ?? '.'), home ? '.gitlab-runner' : '', 'config.toml'),
  defaultConfigWords:
    'Default: /etc/gitlab-runner/config.toml (root), or ~/.gitlab-runner/config.toml, if none is in use',
  systemConfigFile: '/etc/gitlab-runner/config.toml',
  usualConfigFiles: (home) => [
    ...new Set(['/etc/gitlab-runner/config.toml', join(home, '.gitlab-runner', 'config.toml')]),
  ],
  hostsFile: '/etc/hosts',
  opennessOf,
  userName: (uid) => userOf('/', String(uid))?.name,
  executable: (name) => name,
  npm: () => ['npm'],
  shell: () => 'posix',
  hasSudo: true,
  serviceManager: 'systemd',
} satisfies Partial<Platform>;

// Everybody may use it, or its group change it.
function opennessOf(path: string): Openness | undefined {
  const mode = statSync(path).mode & 0o777;
  if ((mode & 0o027) === 0) return undefined;
  return {
    shown: `mode ${mode.toString(8).padStart(4, '0')}`,
    next: `chmod 600 ${quote(path)}`,
    fixable: true,
  };
}

/** The words of gitlab-runner itself for its service, which go through whatever starts services on this machine. */
export function ownServiceWords(before: string, log: string): ServiceWords {
  const line = (verb: string) => `${before}gitlab-runner ${verb}`;
  return { start: line('start'), stop: line('stop'), restart: line('restart'), status: line('status'), log };
}
