import { isSecretName, secretSpans } from '../text/secret-words.ts';
import { coverSpans } from '../text/secrets.ts';
import type { Kind } from './kinds.ts';
import { shownProxy } from './proxy.ts';

/** One word of a flag as it may be shown: the value of `NAME=value` is left out when the name speaks of a secret, and who asks at a proxy. */
export function withoutSecret(word: string): string {
  const name = /^[\w.-]+=/.exec(word)?.[0] ?? '';
  if (/proxy=$/i.test(name)) return name + shownProxy(word.slice(name.length));
  return isSecretName(name) ? `${name}…` : coverSpans(word, secretSpans(word), () => '…');
}

/** One word of a variable for jobs as it may be shown: its name, and whether there is a value. */
export function withoutValue(word: string): string {
  const name = /^[^=]*=/.exec(word)?.[0];
  if (name === undefined) return /^[A-Za-z_]*$/.test(word) ? word : '…';
  return name === word ? word : `${name}…`;
}

/** One word of a setting as it may be shown. */
export const shownWord = ({ cover = withoutSecret }: Pick<Kind, 'cover'>, word: string): string =>
  cover(word);
