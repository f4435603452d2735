import type { Kind } from './kinds.ts';
import { shownProxy } from './proxy.ts';

const tokens =
  /\b([\w.-]*-)?(glrtr?|glpat|gloas|gldt|glcbt|glptt|glft|glimt|glagent|glsoat|glffct|gltok)-(?![\w.-]*…)[\w.-]{4,}|\bGR1348941[\w-]{8,}/g;

/** Gives a function that hides the given secrets, and whatever looks like a GitLab token, in any text. */
export function masker(secrets: readonly string[]): (text: string) => string {
  const hide = hiding(secrets);
  return (text) => hide(text).replace(tokens, '[hidden]');
}

/**
 * Gives a function that hides the given secrets in any text, of secrets that begin alike the longest; those below four
 * characters stay. However many there are, a text is gone through once.
 */
export function hiding(secrets: readonly string[]): (text: string) => string {
  const known = new Set(secrets.filter((one) => one.length >= least));
  const lengths = new Map<string, number[]>();
  for (const one of [...known].sort((a, b) => b.length - a.length)) {
    const start = one.slice(0, least);
    const longer = lengths.get(start);
    if (longer === undefined) lengths.set(start, [one.length]);
    else if (longer.at(-1) !== one.length) longer.push(one.length);
  }
  const firsts = new Set([...lengths.keys()].map((start) => start.charCodeAt(0)));
  const lengthAt = (text: string, at: number): number => {
    if (!firsts.has(text.charCodeAt(at))) return 0;
    const possible = lengths.get(text.slice(at, at + least));
    return possible?.find((length) => known.has(text.slice(at, at + length))) ?? 0;
  };
  return (text) => (known.size === 0 ? text : without(text, (at) => lengthAt(text, at)));
}

/** So short a secret stands in too many words. */
const least = 4;

function without(text: string, secretAt: (at: number) => number): string {
  let shown = '';
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const length = secretAt(at);
    if (length === 0) continue;
    shown += `${text.slice(from, at)}[hidden]`;
    from = at + length;
    at = from - 1;
  }
  return shown + text.slice(from);
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
