import type { SigningKey } from './package-manager.ts';

/** The key that signs GitLab's repositories, as GitLab documents it; it waits in this file until it is checked. */
export const repositoryKey = (draft: string): SigningKey => ({
  signs: 'repository',
  path: 'gpgkey/gpg.key',
  draft,
  fingerprint: 'F6403F6544A38863DAA0B6E03F01618A51312F3F',
});

/** The key that signs the RPM packages of gitlab-runner, as GitLab documents it; it waits in this file until it is checked. */
export const packagesKey = (draft: string): SigningKey => ({
  signs: 'packages',
  path: 'gpgkey/runner/49F16C5CC3A0F81F.pub.gpg',
  draft,
  fingerprint: '931DA69CFA3AFEBBC97DAA8C6C57C29C6BA75A4E',
});
