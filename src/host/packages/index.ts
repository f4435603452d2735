import { Trouble } from '../../errors.ts';
import { aptOf } from './apt.ts';
import { valueIn } from './os-release.ts';
import type { PackageManager } from './package-manager.ts';

/** GitLab's own package server. */
export const packageServer = 'https://packages.gitlab.com';

/** The package manager of the system with this os-release file; nothing where GitLab has no packages for it. */
export const packageManagerOf = (osRelease: string | undefined): PackageManager | undefined =>
  aptOf(osRelease);

/** What is thrown by a command, such as `install`, on a system without packages of GitLab. */
export const unsupported = (command: string, osRelease: string | undefined): Trouble =>
  new Trouble(`${command} supports Debian and Ubuntu only.`, {
    why: `This machine is ${valueIn(osRelease, 'PRETTY_NAME') || 'another system'}.`,
    hint: 'To run gitlab-runner in a container: runner-setup container install',
  });
