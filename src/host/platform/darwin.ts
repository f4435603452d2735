import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Env } from '../../world.ts';
import { runnersByPs } from '../services/ps.ts';
import { machineIdBy } from './machine-id.ts';
import type { Platform, ServiceWords } from './platform.ts';
import { ownServiceWords, unix } from './unix.ts';

// The log is where `gitlab-runner install` has launchd write what gitlab-runner prints; that of earlier versions is a log
// of the system.
function words({ HOME = '' }: Env): ServiceWords {
  const [own, earlier] = ['Library/Logs', '/usr/local/var/log'].map((folder) =>
    resolve(HOME, folder, 'gitlab-runner.err.log'),
  );
  const isEarlier = !existsSync(own!) && existsSync(earlier!);
  return ownServiceWords('', `tail -n 50 ${isEarlier ? earlier : '~/Library/Logs/gitlab-runner.err.log'}`);
}

/** macOS, where gitlab-runner is a launch agent of the user who is logged in. */
export const darwin: Platform = {
  ...unix,
  hasOwnContainers: false,
  serviceManager: 'launchd',
  systemConfigFile: undefined,
  // macOS has no /srv, and the virtual machine of the containers sees what is below /Users.
  containerFolder: () => '/Users/Shared/gitlab-runner/config',
  machineId: () => machineIdBy('/usr/sbin/ioreg', ['-rd1', '-c', 'IOPlatformExpertDevice']),
  runningRunners: runnersByPs,
  containedRunners: () => [],
  runnerServices: async ({ uid, home }) =>
    (await import('../services/launchd.ts')).launchdServices({ root: '/', uid, home }),
  binary: async () => (await import('./binaries/darwin.ts')).darwinBinary,
  service: ({ env }) => words(env),
  usualService: words,
};
