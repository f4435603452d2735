import type { TokenKind } from '../../settings/credential.ts';

/** The setting that a token of each kind is kept under. */
export const tokenSettings = {
  authentication: 'token',
  registration: 'registrationToken',
  access: 'accessToken',
} as const;

/** What a person should know of a token of each kind. */
export const tokenNotes: Readonly<Record<TokenKind, string>> = {
  authentication: 'authentication token: the runner exists; its tags are set in GitLab.',
  registration: 'registration token: an older kind; GitLab 20.0 will not take it any more.',
  access: 'access token: the runner will be created in GitLab first.',
};
