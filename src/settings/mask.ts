import type { Kind } from './kinds.ts';
import { shownProxy } from './proxy.ts';

const tokens =
  /\b([\w.-]*-)?(glrtr?|glpat|gloas|gldt|glcbt|glptt|glft|glimt|glagent|glsoat|glffct|gltok)-(?![\w.-]*…)[\w.-]{4,}|\bGR1348941[\w-]{8,}/g;

/** Gives a function that hides the given secrets, and whatever looks like a GitLab token, in any text. */
export function masker(secrets: readonly string[]): (text: string) => string {
  // The longer ones first: a secret may be the beginning of another.
  const known = secrets.filter((one) => one.length >= 4).sort((a, b) => b.length - a.length);
  return (text) =>
    known.reduce((rest, one) => rest.replaceAll(one, '[hidden]'), text).replace(tokens, '[hidden]');
}

const secretName = /token|passw|pwd|_pass\b|^pass|secret|auth|credential|dsn|key/i;

/** One word of a flag as it may be shown: the value of `NAME=value` is left out when the name speaks of a secret, and who asks at a proxy. */
export function withoutSecret(word: string): string {
  const name = /^[\w.-]+=/.exec(word)?.[0] ?? '';
  if (/proxy=$/i.test(name)) return name + shownProxy(word.slice(name.length));
  return secretName.test(name) ? `${name}…` : word.replace(/(\/\/[^/@\s:]*:)[^/@\s]+(?=@)/g, '$1…');
}

/** One word of a setting as it may be shown. */
export const shownWord = ({ cover = withoutSecret }: Pick<Kind, 'cover'>, word: string): string =>
  cover(word);
