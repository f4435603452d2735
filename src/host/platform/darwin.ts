import { machineIdBy } from './machine-id.ts';
import type { Platform } from './platform.ts';
import { ownServiceWords, unix } from './unix.ts';

/** macOS, where gitlab-runner is a launch agent of the user who is logged in. */
export const darwin: Platform = {
  ...unix,
  hasOwnContainers: false,
  // macOS has no /srv, and the virtual machine of the containers sees what is below /Users.
  containerFolder: () => '/Users/Shared/gitlab-runner/config',
  machineId: () => machineIdBy('/usr/sbin/ioreg', ['-rd1', '-c', 'IOPlatformExpertDevice']),
  runningRunners: () => undefined,
  containedRunners: () => [],
  runnerServices: async () => [],
  // Where `gitlab-runner install` has launchd write what it prints.
  service: () => ownServiceWords('', 'tail -n 50 /usr/local/var/log/gitlab-runner.err.log'),
};
