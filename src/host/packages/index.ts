import { Trouble } from '../../errors.ts';
import { isAlpine } from './apk.ts';
import { aptOf } from './apt.ts';
import { valueIn } from './os-release.ts';
import type { PackageManager } from './package-manager.ts';
import { rpmOf } from './rpm.ts';

/** GitLab's own package server. */
export const packageServer = 'https://packages.gitlab.com';

/** The package manager of the system with this os-release file; nothing where GitLab has no packages for it. */
export const packageManagerOf = (osRelease: string | undefined): PackageManager | undefined =>
  aptOf(osRelease) ?? rpmOf(osRelease);

/** What is thrown on a system without packages of GitLab. */
export const unsupported = (osRelease: string | undefined): Trouble =>
  new Trouble('GitLab has no packages of gitlab-runner for this system.', {
    why: `This machine is ${valueIn(osRelease, 'PRETTY_NAME') || 'another system'}.`,
    hint: [
      ...(isAlpine(osRelease)
        ? [`To install Alpine's package (repository community): apk add gitlab-runner`]
        : []),
      "To install GitLab's binary: runner-setup install --binary",
      'To run gitlab-runner in a container: runner-setup container install',
    ].join('\n'),
  });
