import { exitCode, Trouble } from '../errors.ts';
import type { Gathered } from './gather.ts';

/** The token that register works with: its kind, its text and the setting that gave it. */
export interface Credential {
  readonly kind: TokenKind;
  readonly token: string;
  readonly by: (typeof credentialNames)[number];
}

/** The settings that can give it. */
export const credentialNames = ['token', 'registrationToken', 'accessToken'] as const;

const flagKind = {
  token: 'authentication',
  registrationToken: 'registration',
  accessToken: 'access',
} as const;

/**
 * Finds the one token that was given. A known prefix decides its kind, else the flag does. A flag beats a variable;
 * between equals `--token` comes first, as in gitlab-runner. Throws for a token that is of no use here and for two
 * flags that contradict each other.
 */
export function credentialOf({ settings, sources }: Gathered): Credential | undefined {
  const given = credentialNames.filter((name) => settings[name]);
  const all = given.filter((name) => sources.get(name) !== 'environment');
  // With --wait an access token beside another token is the one that may look whether the runner is online.
  const looks = settings.wait !== undefined && all.length > 1;
  const flagged = looks ? all.filter((name) => name !== 'accessToken') : all;
  refuseContradiction(flagged.map((name) => settings[name]!));
  const by = flagged[0] ?? given[0];
  if (by === undefined) return undefined;
  const token = settings[by]!;
  return { kind: kindOf(token, flagKind[by]), token, by };
}

/** The kind of a token; `otherwise` is what its flag or the person says when the prefix tells nothing. Throws for tokens of other uses. */
export function kindOf(token: string, otherwise: TokenKind): TokenKind {
  refuseUnreal(token);
  const found = recogniseToken(token);
  if ('kind' in found) return found.kind;
  if ('unknown' in found) return otherwise;
  throw new Trouble(`This is ${found.other}, which cannot register a runner.`, {
    code: exitCode.usage,
    ...whichToken,
  });
}

function refuseUnreal(token: string): void {
  const message = whyUnreal(token);
  if (message !== undefined) throw new Trouble(message, { code: exitCode.usage, ...whichToken });
}

function whyUnreal(token: string): string | undefined {
  if (isQuoted(token)) return 'The token is enclosed in quotes.';
  if (isTokenPlaceholder(token)) return 'The token is a placeholder, not a real token.';
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(token)) return 'This is a URL, not a token.';
  // A token is hidden, even where there is no more of it than this.
  return prefixOf(token) === token && token !== ''
    ? 'The token is only a prefix, so it was not copied completely.'
    : undefined;
}

/** Whether a text stands in quotes, as it was copied from a file or a script. */
export const isQuoted = (text: string): boolean => /^(["'`]).+\1$/s.test(text);

const tokenWords =
  'insert|enter|your|my|the|gitlab|project|group|instance|runner|registration|authentication|auth|access|personal|ci|cd|new';
const unreal = new RegExp(
  `^(glrtr?-|glpat-|GR1348941)?(t[123]_)?([x*.…]{3,}|…|<[^%].*>|\\[.*\\]|((${tokenWords})[-_ ]?)*token([-_ ]?here)?|(replace|change)[-_ ]?(me|this)|placeholder|redacted|todo)$`,
  'i',
);

/** Whether a token is what instructions write in its place: TOKEN, YOUR_RUNNER_TOKEN, glrt-xxxx, <token>. */
export const isTokenPlaceholder = (token: string): boolean => !hasDigits(token) && unreal.test(token);

// Words have no digits behind a prefix, which has 12 characters at most: the long pattern, which takes long to compile, is
// for what has none.
const hasDigits = (token: string): boolean => /\d/.test(token.slice(12)) && /^[\w-]*$/.test(token);

const whichToken = {
  hint: 'Use --token with an authentication token (glrt-…, from "New runner" in GitLab), or --access-token with an access token (glpat-…, scope create_runner).',
  atPrompt:
    'Enter an authentication token (glrt-…, from "New runner" in GitLab), or an access token (glpat-…, scope create_runner).',
};

/** Throws when the given tokens are not all the same. */
export function refuseContradiction(tokens: readonly string[]): void {
  if (new Set(tokens).size < 2) return;
  throw new Trouble('Two different tokens were given.', {
    code: exitCode.usage,
    hint: 'Use one of --token, --registration-token, --access-token, a token file, or --token-stdin.',
  });
}

/** The three kinds of token that register takes. */
export type TokenKind = 'authentication' | 'registration' | 'access';

/** What a token is by its prefix: one of the three, another kind of GitLab token, or not known. */
type TokenFinding = { readonly kind: TokenKind } | { readonly other: string } | { readonly unknown: true };

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

/** Whether words are one of GitLab's tokens and nothing else, as they are pasted at the wrong question. */
export const isGitlabToken = (words: string): boolean =>
  /^\S{20,}$/.test(words.trim()) && !('unknown' in recogniseToken(words.trim()));

/**
 * Whether words that are to be an address are a token, or the first part of one: by a prefix of GitLab, else as one long
 * word of capital and small letters, which no name of a host is.
 */
export const isTokenForUrl = (words: string): boolean => {
  const typed = words.trim();
  if (!/^[\w-]+$/.test(typed)) return isGitlabToken(typed);
  return !('unknown' in recogniseToken(typed)) || /^(?=.*[a-z])(?=.*[A-Z]).{20,}$/.test(typed);
};

/** Whether GitLab made the runner before this token was handed out (`glrt-`), so that GitLab keeps its tags and the like. */
export const isCreatedRunnerToken = (token: string): boolean => /^([\w.-]*-)?glrt-/.test(token);

/** Whether a token is the authentication token of a runner that was made with a registration token. */
export function isRegisteredRunnerToken(token: string): boolean {
  if (token === '' || isCreatedRunnerToken(token) || isQuoted(token) || isTokenPlaceholder(token))
    return false;
  const found = recogniseToken(token);
  return 'unknown' in found || ('kind' in found && found.kind === 'authentication');
}

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

/** What a token of register begins with, by which GitLab tells its kinds apart; empty where it has no known prefix. */
const prefixOf = (token: string): string =>
  /^([\w.-]*-)?(glrtr?-(t[123]_)?|glpat-)|^t[123]_|^GR1348941/.exec(token)?.[0] ?? '';

/** Whether less follows the prefix of a token than in those that GitLab makes; it may be good all the same. */
export const isShort = (token: string): boolean => token.length - prefixOf(token).length < 16;

/** How long a token is and what it begins with, as a sentence for a person who may have copied a part of it. */
export function wordsOnLength(token: string): string {
  const prefix = prefixOf(token);
  const start = prefix === '' ? '' : ` and begins with ${prefix}`;
  return `The token has ${token.length} ${token.length === 1 ? 'character' : 'characters'}${start}.`;
}

/** The first characters of a token, enough to tell two apart and too few to use it. */
export function shorten(token: string): string {
  const prefix = prefixOf(token);
  const rest = token.slice(prefix.length);
  return rest.length < 12 ? `${prefix}…` : `${prefix}${rest.slice(0, 4)}…`;
}

/** Whose runner a token of a created runner is, by its prefix (`t1_`, `t2_`, `t3_`); nothing for other tokens. */
export const tokenType = (token: string): 'instance' | 'group' | 'project' | undefined =>
  (['instance', 'group', 'project'] as const)[Number(/^(?:[\w.-]*-)?glrtr?-t([123])_/.exec(token)?.[1]) - 1];

/** Says that others can see what stands in the arguments, and what would be better. */
export function visibleWords(flags: readonly string[], better?: string): string {
  const instead = better === undefined ? '' : ` Better: ${better}.`;
  return `others on this host can see ${flags.join(', ')} in the arguments, and the shell keeps it in its history.${instead}`;
}
