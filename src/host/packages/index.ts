import { Trouble } from '../../errors.ts';
import { aptOf } from './apt.ts';
import { valueIn } from './os-release.ts';
import type { PackageManager } from './package-manager.ts';

/** GitLab's own package server. */
export const packageServer = 'https://packages.gitlab.com';

/** The fingerprint of the key that signs its repositories, as GitLab documents it. */
export const signingKey = 'F6403F6544A38863DAA0B6E03F01618A51312F3F';

/** The package manager of the system with this os-release file; nothing where GitLab has no packages for it. */
export const packageManagerOf = (osRelease: string | undefined): PackageManager | undefined =>
  aptOf(osRelease);

/** What is thrown by a command, such as `install`, on a system without packages of GitLab. */
export const unsupported = (command: string, osRelease: string | undefined): Trouble =>
  new Trouble(`${command} supports Debian and Ubuntu only.`, {
    why: `This machine is ${valueIn(osRelease, 'PRETTY_NAME') || 'another system'}.`,
    hint: 'To run gitlab-runner in a container: runner-setup container install',
  });

/** The fingerprints of the primary keys that `gpg --with-colons` lists. */
export function fingerprintsIn(listing: string): string[] {
  const lines = listing.split('\n').map((line) => line.split(':'));
  return lines.flatMap(([kind, ...rest], at) =>
    kind === 'fpr' && lines[at - 1]?.[0] === 'pub' ? [rest[8] ?? ''] : [],
  );
}
