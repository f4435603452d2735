import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

/** Where secrets of a run may come from: its words, its own variables, its stdin, files that it names below `dir`. */
export type Sources = { args: string[]; env: Map<string, string | undefined>; stdin: string; dir: string };

/**
 * The secret values of a run: those of the token and password flags, of variables named so, and of the files and
 * the stdin that a flag names as holding one. Throws for one that is too short to be searched for.
 */
export function secretsOf({ args, env, stdin, dir }: Sources): string[] {
  const flags = args
    .map(readFlag)
    .map(({ name, value }, index) => ({ name, value: value ?? args[index + 1] ?? '' }));
  const values = [
    ...flags.filter(({ name }) => secretFlag.test(name)).map(({ value }) => value),
    ...[...env].filter(([name]) => secretVariable.test(name)).map(([, value]) => value ?? ''),
    ...flags.filter(({ name }) => fileFlag.test(name)).map(({ value }) => readLine(dir, value)),
    ...proxyPasswordsIn([...args, ...[...env].map((entry) => entry.join('=')), stdin].join('\n')),
    ...(flags.some(({ name }) => stdinFlag.test(name)) ? [stdin.trim()] : []),
  ].filter((value) => value !== '');
  const short = values.filter((value) => value.length < 6);
  if (short.length > 0)
    throw new Error(`a secret in a case needs six letters to be searched for: ${short.join(', ')}`);
  return values;
}

const secretFlag =
  /^(t|r|token|registration-token|access-token|pat|.*-password|.*-secret[-_]key|.*-bearer[-_]token)$/;
const secretVariable = /(TOKEN|PASSWORD|SECRET_KEY)$/i;
const fileFlag = /^(.*-)?token-file$/;
const stdinFlag = /^(.*-)?(token|password)-stdin$/;

/** The secrets of logins for registries in a text: of docker configs, of what credential helpers say, of `users`. */
export function loginsIn(text: string): string[] {
  const plain = text.replaceAll('\\"', '"');
  const words = [...plain.matchAll(loginKey)].map((match) => match[1]!);
  const decoded = words.map((word) => Buffer.from(word, 'base64').toString().split(/:(.*)/s)[1] ?? '');
  const users = /"users":(\{[^}]*\})/.exec(plain)?.[1];
  const passwords = users === undefined ? [] : (Object.values(JSON.parse(users)) as string[]);
  return [...words, ...decoded, ...passwords].filter((word) => word.length >= 6);
}

const loginKey = /"(?:auth|identitytoken|registrytoken|password|Secret)"\s*:\s*"([^"]+)"/g;

/** The passwords of proxies in a text, which may be the words of a command line, one a line; the address may lack its scheme. */
export const proxyPasswordsIn = (text: string): string[] =>
  [...text.matchAll(proxyPassword)].map((match) => match[1]!).filter((word) => word.length >= 6);

const proxyPassword = /proxy["']?\s*[=:]?\s*["']?(?:\w+:\/\/)?[^\s"'@:/]*:([^\s"'@]+)@/gi;

function readFlag(word: string): { name: string; value: string | undefined } {
  const match = /^--?([^=]+)(?:=([\s\S]*))?$/.exec(word);
  return { name: match?.[1] ?? '', value: match?.[2] };
}

function readLine(dir: string, path: string): string {
  try {
    return readFileSync(isAbsolute(path) ? path : join(dir, path), 'utf8').trim();
  } catch {
    return ''; // A case about a token file that cannot be read.
  }
}
