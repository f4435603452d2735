import { Trouble } from '../../errors.ts';

/** Where packages come from, and which. */
export interface PackageSource {
  /** The address that packages.gitlab.com or its mirror has. */
  readonly base: string;
  readonly distribution: 'debian' | 'ubuntu';
  readonly codename: string;
  /** The version that was asked for; the newest without one. */
  readonly version: string | undefined;
}

/** GitLab's own package server. */
export const packageServer = 'https://packages.gitlab.com';

/** The fingerprint of the key that signs its repositories, as GitLab documents it. */
export const signingKey = 'F6403F6544A38863DAA0B6E03F01618A51312F3F';

/** Where the key and the repository are written. */
export const aptFiles = {
  key: '/etc/apt/keyrings/gitlab-runner.asc',
  sources: '/etc/apt/sources.list.d/gitlab-runner.sources',
} as const;

/** The distribution that an os-release file names, by GitLab's word for it, and its release. Throws for all others. */
export function readDistribution(
  osRelease: string | undefined,
): Pick<PackageSource, 'distribution' | 'codename'> {
  const value = (key: string) => new RegExp(`^${key}=["']?([^"'\\n]*)`, 'm').exec(osRelease ?? '')?.[1] ?? '';
  const names = [value('ID'), ...value('ID_LIKE').split(' ')];
  const distribution = names.find((name) => name === 'ubuntu' || name === 'debian');
  const codename = (distribution === 'ubuntu' && value('UBUNTU_CODENAME')) || value('VERSION_CODENAME');
  if (distribution !== undefined && /^[a-z]+$/.test(codename)) return { distribution, codename };
  throw new Trouble('install supports Debian and Ubuntu only.', {
    why: `This machine is ${value('PRETTY_NAME') || 'another system'}.`,
    hint: 'To run gitlab-runner in a container: runner-setup container install',
  });
}

/** Where the public key is downloaded. */
export const keyAddress = ({ base }: PackageSource): string => `${base}/gpgkey/gpg.key`;

/** The entry of the repository for apt. */
export const sourcesEntry = ({ base, distribution, codename }: PackageSource): string =>
  `Types: deb
URIs: ${base}/runner/gitlab-runner/${distribution}
Suites: ${codename}
Components: main
Signed-By: ${aptFiles.key}
`;

/** The packages for apt-get: since 17.7.1 a version has its helper images in a package of the same version. */
export function packageWords({ version }: PackageSource): string[] {
  if (version === undefined) return ['gitlab-runner'];
  const [major = 0, minor = 0, patch = 0] = version.split(/[.-]/).map(Number);
  const whole = /-\d+$/.test(version) ? version : `${version}-1`;
  const hasImages = major > 17 || (major === 17 && (minor > 7 || (minor === 7 && patch >= 1)));
  return [`gitlab-runner=${whole}`, ...(hasImages ? [`gitlab-runner-helper-images=${whole}`] : [])];
}

/** The fingerprints of the primary keys that `gpg --with-colons` lists. */
export function fingerprintsIn(listing: string): string[] {
  const lines = listing.split('\n').map((line) => line.split(':'));
  return lines.flatMap(([kind, ...rest], at) =>
    kind === 'fpr' && lines[at - 1]?.[0] === 'pub' ? [rest[8] ?? ''] : [],
  );
}
