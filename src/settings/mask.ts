import { secretNames, table } from './table.ts';

const tokens =
  /\b([\w.-]*-)?(glrtr?|glpat|gloas|gldt|glcbt|glptt|glft|glimt|glagent|glsoat|glffct|gltok)-[\w.-]{4,}|\bGR1348941[\w-]{8,}/g;

/** Gives a function that hides the given secrets, and whatever looks like a GitLab token, in any text. */
export function masker(secrets: readonly string[]): (text: string) => string {
  // The longer ones first: a secret may be the beginning of another.
  const known = secrets.filter((one) => one.length >= 4).sort((a, b) => b.length - a.length);
  return (text) =>
    known.reduce((rest, one) => rest.replaceAll(one, '[hidden]'), text).replace(tokens, '[hidden]');
}

const secretKeys = new Set([
  ...secretNames.flatMap((name) => table[name].toml?.split('.').at(-1) ?? []),
  'token',
  'sentry_dsn',
  'password',
]);

/** Hides the values of secret keys in one line of config.toml, and variables of jobs whose names speak of secrets. */
export function maskLine(line: string): string {
  const key = /^\s*["']?([\w-]+)["']?\s*=/.exec(line)?.[1];
  if (key !== undefined && secretKeys.has(key))
    return line.replace(/=\s*(?!["']{2}\s*(#|$)).*$/, '= "[hidden]"');
  return line.replace(/(\b\w*(?:TOKEN|PASSWORD|PASSWD|SECRET|AUTH|_KEY)\w*=)(?:\\.|[^"'\\])+/g, '$1[hidden]');
}
