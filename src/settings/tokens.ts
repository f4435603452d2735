/** The three kinds of token that register takes. */
export type TokenKind = 'authentication' | 'registration' | 'access';

/** What a token is by its prefix: one of the three, another kind of GitLab token, or not known. */
export type TokenFinding =
  | { readonly kind: TokenKind }
  | { readonly other: string }
  | { readonly unknown: true };

/**
 * Tells a token's kind by its prefix only, never by its alphabet or length; an instance may put a prefix of its own
 * in front (`acme-glrt-…`). The prefixes are GitLab's.
 */
export function recogniseToken(token: string): TokenFinding {
  for (const [prefix, kind] of prefixes) {
    if (prefix.test(token)) return { kind };
  }
  const other = others.find(([prefix]) => token.startsWith(prefix));
  return other ? { other: other[1] } : { unknown: true };
}

/** Whether GitLab made the runner before this token was handed out (`glrt-`), so that GitLab keeps its tags and the like. */
export const isCreatedRunnerToken = (token: string): boolean => /^([\w.-]*-)?glrt-/.test(token);

const prefixes: readonly [RegExp, TokenKind][] = [
  // `glrtr-` has an r for "registered": it is the authentication token of a runner made with a registration token.
  [/^([\w.-]*-)?glrtr?-/, 'authentication'],
  [/^t[123]_/, 'authentication'],
  [/^GR1348941/, 'registration'],
  [/^([\w.-]*-)?glpat-/, 'access'],
];

const others: readonly [string, string][] = [
  ['glcbt-', 'a CI/CD job token'],
  ['gldt-', 'a deploy token'],
  ['glptt-', 'a pipeline trigger token'],
  ['glft-', 'a feed token'],
  ['glimt-', 'an incoming mail token'],
  ['glagent-', 'a Kubernetes agent token'],
  ['glsoat-', 'a SCIM token'],
  ['glffct-', 'a feature flags client token'],
  ['gloas-', 'an OAuth application secret'],
  ['_gitlab_session=', 'a session cookie'],
];

/** The first characters of a token, enough to tell two apart and too few to use it. */
export function shorten(token: string): string {
  const prefix = /^([\w.-]*-)?(glrtr?-(t[123]_)?|glpat-)|^t[123]_|^GR1348941/.exec(token)?.[0] ?? '';
  const rest = token.slice(prefix.length);
  return rest.length < 12 ? `${prefix}…` : `${prefix}${rest.slice(0, 4)}…`;
}
