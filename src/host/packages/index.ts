import { Trouble } from '../../errors.ts';
import { aptOf } from './apt.ts';
import { idsIn, valueIn } from './os-release.ts';
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
    hint: `${ownPackage(osRelease)}To run gitlab-runner in a container: runner-setup container install`,
  });

// The package of Alpine comes with a service for OpenRC.
const ownPackage = (osRelease: string | undefined): string =>
  idsIn(osRelease).includes('alpine')
    ? 'To install the package of Alpine, which is in its community repository: apk add gitlab-runner\n'
    : '';
