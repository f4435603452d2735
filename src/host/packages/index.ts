import { join } from 'node:path';
import { Trouble } from '../../errors.ts';
import { quote } from '../../text/shell-quote.ts';
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

/** What is thrown for the system with this root folder, which has no packages of GitLab. */
export function unsupported(osRelease: string | undefined, root: string): Trouble {
  const at = root === '/' ? '' : ` --root ${quote(root)}`;
  return new Trouble('GitLab has no packages of gitlab-runner for this system.', {
    why: whichSystem(osRelease, root),
    hint: [
      ...(isAlpine(osRelease)
        ? [`To install Alpine's package (repository community): apk add${at} gitlab-runner`]
        : []),
      `To install GitLab's binary: runner-setup install --binary${at}`,
      ...(root === '/' ? ['To run gitlab-runner in a container: runner-setup container install'] : []),
    ].join('\n'),
  });
}

function whichSystem(osRelease: string | undefined, root: string): string {
  const name = valueIn(osRelease, 'PRETTY_NAME');
  if (name) return root === '/' ? `This machine is ${name}.` : `The system in ${root} is ${name}.`;
  const path = join(root, 'etc/os-release');
  return osRelease === undefined ? `${path} is missing.` : `${path} does not name a system with packages.`;
}
