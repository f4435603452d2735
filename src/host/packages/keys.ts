import type { SigningKey } from './package-manager.ts';

/** The key that signs GitLab's repositories, as GitLab documents it; it waits in this file until it is checked. */
export const repositoryKey = (draft: string): SigningKey => ({
  signs: 'repository',
  path: 'gpgkey/gpg.key',
  draft,
  fingerprint: 'F6403F6544A38863DAA0B6E03F01618A51312F3F',
});
