import { coverSpans, plainSecrets, type Span } from './secrets.ts';

/**
 * Whether a variable, flag, or key of this name holds a secret: a word of the name says so, such as `TOKEN` or `pw`, and
 * the last one does not say that it is only about one, as in `TOKEN_FILE` or `token_expires_at`.
 */
export function isSecretName(name: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  const last = words.at(-1) ?? '';
  if (/access_?key_?id$/i.test(name)) return true;
  if (aboutSecrets.test(last) || /pull_?secrets?$/i.test(name)) return false;
  return words.some((word) => secretWord.test(word) && !innocentWord.test(word)) || isKey(name, words);
}

const secretWord =
  /^(pat|pw|pws|auth|authorization|creds?|credentials?|cookies?|dsn)$|(tokens?|pass(wor[dt]s?|wd|phrase|code)?|pw|pwd|secrets?|(api|access|secret|private|account|encryption|auth)key)\d*$/;

const innocentWord = /^(by|com|sur|tres|over)pass$/;

const aboutSecrets =
  /^(files?|paths?|keypath|dir|directory|ur[il]|ids?|names?|types?|method|mode|stdin|at|expir\w*|ttl|timeout|length|size|count|enabled|disabled|allowed|required|env|helpers?|fingerprint|provider|store|policy|format|algorithm|version)$/;

// Of variables, which are written in capitals, most keys are secrets; of others those that are called so.
const isKey = (name: string, words: readonly string[]): boolean =>
  /^(access|api|deploy|private|secret)_keys$/.test(words.slice(-2).join('_')) ||
  (words.length > 1 &&
    words.at(-1) === 'key' &&
    (name === name.toUpperCase() ? !ofPublicKey.test(words.at(-2)!) : ofSecretKey.test(words.at(-2)!)));

const ofPublicKey = /^(public|pub|cache|sort|primary|foreign)$/;

const ofSecretKey =
  /^(access|account|admin|api|app|auth|client|customer|deploy|encryption|gpg|hmac|jwt|license|master|pgp|private|rsa|secret|session|shared|signing|ssh|storage)$/;

/**
 * The places of the secrets in a text of any kind, such as a script, JSON, or a comment: GitLab's tokens, passwords in
 * addresses, and the values of variables, flags, headers, and keys whose names speak of a secret. References to variables
 * are none.
 */
export function secretSpans(text: string): Span[] {
  const plain = plainSecrets(text);
  if (!speaksOfSecrets.test(text)) return plain;
  return [
    ...plain,
    ...namedSecrets(text),
    ...otherHeads.flatMap((at) => valuesAfter(at, text)),
    ...keysIn(text),
  ];
}

/** A text of any kind without its secrets. */
export const withoutSecrets = (text: string): string => coverSpans(text, secretSpans(text));

/** Whether an argument such as `--password` says that the next one is a secret. */
export const isSecretFlag = (word: string): boolean =>
  /^--?[A-Za-z][\w-]*$/.test(word) && isSecretName(word.replace(/^-+/, ''));

const speaksOfSecrets =
  /pass|pw|pat\b|token|secret|cred|cookie|dsn|auth|key|login|mysql|mariadb|curl|wget|bearer|redis|gitlab-runner|vault|mongo|cqlsh|rabbitmq|sqlcmd|zip|7z|ldap|lftp|smbclient|rpcclient/i;

// `NAME=value`, `NAME = value`, `name: value`, `"name": "value"`, `--name=value`, `--name value`.
function namedSecrets(text: string): Span[] {
  return [...text.matchAll(named)].flatMap((found) => {
    const [whole, dashes, name = '', sign = ''] = found;
    if (!isSecretName(name) || (sign.trim() === '' && dashes === '')) return [];
    const value = valueAt(text, found.index + whole.length);
    if (value === undefined) return [];
    return sign.includes(':') && !value.isQuoted && !endsLine(text, value.to) ? [] : [value];
  });
}

const named =
  /(?<![\w.-])(-{0,2})([A-Za-z_][\w.-]*)((?:\\*["'])?(?:[ \t]{0,3}[:+]?={1,2}[ \t]{0,3}|[ \t]{0,3}:[ \t]{1,3}|:(?=\\*["']))|[ \t]+(?!-))/g;

// In prose a colon is followed by more than one word.
const endsLine = (text: string, at: number): boolean =>
  /^[ \t]*([\r\n,}\])"']|\\[nrt"']|$)/.test(text.slice(at, at + 40));

const toolHead = (tool: string, flag: string): RegExp =>
  new RegExp(`\\b${tool}\\b(?:[^\\n;|&\\\\]|\\\\(?!n)){0,200}?(?<=[ \\t])${flag}`, 'g');

const substituted = `(?:\\$\\(|\`)[ \\t]*(?:echo|printf)[ \\t]+(?:-\\w+[ \\t]+|\\\\*["']%s(?:\\\\+n)?\\\\*["'][ \\t]+)?`;

// Each ends where a value begins; the name in one says whether that is a secret.
const otherHeads: readonly RegExp[] = [
  /\b(?:login|sshpass|(?:unlock|create)-keychain)\b(?:[^\n;|&\\]|\\(?!n)){0,200}?[ \t]-p[ \t=]*/g,
  /\b(?:mysql|mariadb)[\w-]*[ \t](?:[^\n;|&\\]|\\(?!n)){0,200}?(?<=[ \t])-p(?=\S)/g,
  /\b(?:curl|wget)\b(?:[^\n;|&\\]|\\(?!n)){0,200}?[ \t](?:-u|-U|--user|--proxy-user)[ =]?\\*["']?[^\s:"'@]{1,100}:/g,
  /\bgitlab-runner[ \t](?:[^\n;|&\\]|\\(?!n)){0,200}?[ \t]-[rt][ \t]+/g,
  /\bredis-cli\b(?:[^\n;|&\\]|\\(?!n)){0,200}?[ \t]-a[ \t]+|\bvault[ \t]+login[ \t]+(?!-)/g,
  toolHead('(?:mongo(?:sh|dump|restore|export|import)?|cqlsh|rabbitmqadmin)', '-p[ \\t=]+'),
  toolHead('(?:sqlcmd|bcp|zip|unzip)', '-P[ \\t]*'),
  toolHead('7z[ar]?', '-p(?=\\S)'),
  toolHead('(?:plink|pscp|psftp)', '-pw[ \\t]+'),
  toolHead('ldap(?:search|add|modify|delete|whoami|passwd)', '-w[ \\t]+'),
  toolHead('lftp', '-u[ \\t]+[^\\s,]{1,100},'),
  toolHead('(?:smbclient|rpcclient)', '-U[ \\t]+[^\\s%]{1,100}%'),
  toolHead('htpasswd', '-[a-zA-Z]*b[a-zA-Z]*[ \\t]+\\S{1,200}[ \\t]+\\S{1,100}[ \\t]+'),
  // What a command in place of a value prints is that value; other commands read it from somewhere.
  new RegExp(`\\b([A-Za-z_][\\w.-]*)=\\\\*["']?${substituted}`, 'g'),
  new RegExp(`\\blogin\\b(?:[^\\n;|&\\\\]|\\\\(?!n)){0,200}?[ \\t]-p[ \\t=]*${substituted}`, 'g'),
  /\bAuthorization["'\\]*[ \t]*[:=][ \t]*["'\\]*(?:Basic|Token|Digest|Bearer)[ \t]+|\bBearer[ \t]+(?=[\w.~+/-]{16})/gi,
  /(?<![\w-])(?:[A-Za-z]+-){1,3}token:(?=\S)/gi,
  /\blogin[ \t]+\S{1,100}[ \t]+password[ \t]+/g,
  /\b(?:echo|printf)[ \t]+(?:-\w+[ \t]+|\\*["']%s[\\n]*["'][ \t]+)?(?=[^\n|]{1,400}\|[^\n]{0,200}(?:--(?:password-)?stdin|\bchpasswd))/g,
  /<([\w.-]{1,60})>(?=[^<\n]{1,300}<\/)/g,
  /\b(?:setx|setenv|configure[ \t]+set)[ \t]+([\w.-]{1,100})[ \t]+/g,
  /\bSetEnvironmentVariable\([ \t]*\\*["']([\w.-]{1,100})\\*["'][ \t]*,[ \t]*/g,
  /["']?name["'\\]*[ \t]*[:=][ \t]*["'\\]*([\w.-]{1,100})["'\\]*\s*(?:,|\\n)?\s*["'\\]*value["'\\]*[ \t]*[:=][ \t]*/gi,
];

function valuesAfter(heads: RegExp, text: string): Span[] {
  return [...text.matchAll(heads)].flatMap((found) => {
    if (found[1] !== undefined && !isSecretName(found[1])) return [];
    const value = valueAt(text, found.index + found[0].length);
    return value === undefined ? [] : [value];
  });
}

const keysIn = (text: string): Span[] =>
  [...text.matchAll(/-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----([\s\S]*?)(?:-----END|$)/dg)].map(
    ({ indices }) => {
      const [from, to] = indices![1]!;
      return { from, to };
    },
  );

/** A value that begins at an offset, in quotes or not; nothing where it is empty, a switch, or a reference. */
function valueAt(text: string, at: number): (Span & { isQuoted: boolean }) | undefined {
  const quoted = quotedAt(text, at);
  const span = quoted ?? { from: at, to: bareEnd(text, at) };
  const value = text.slice(span.from, span.to);
  return innocent.test(value) ? undefined : { ...span, isQuoted: quoted !== undefined };
}

const innocent =
  /^$|^\\*\$\{?\w+\}?$|^\\*\$(\(|$)|^`|^%\w+%$|^\{\{.*\}\}$|^<.*>$|^(true|false|yes|no|on|off|null|none)$|^\*+$|^\[hidden\]?|…$/i;

// A quote in a text inside another text has as many backslashes before it as the one that it belongs to.
function quotedAt(text: string, at: number): Span | undefined {
  quote.lastIndex = at;
  const [open, slashes = '', mark = ''] = quote.exec(text) ?? [];
  if (open === undefined) return undefined;
  const from = at + open.length;
  for (let next = text.indexOf(mark, from); next >= 0; next = text.indexOf(mark, next + 1)) {
    let back = next;
    while (back > from && text[back - 1] === '\\') back--;
    if (next - back <= slashes.length) return { from, to: Math.max(from, back) };
  }
  return { from, to: lineEnd(text, from) };
}

const quote = /(\\*)(["'])/y;

const lineEnd = (text: string, at: number): number => {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
};

// A shell joins what stands side by side, in quotes or not.
function bareEnd(text: string, at: number): number {
  bare.lastIndex = at;
  const end = bare.test(text) ? bare.lastIndex : at;
  // What is in quotes goes on only where no blank is in it: else it is the end of what is around all.
  beside.lastIndex = end;
  if (end > at && text[at - 1] === '=' && beside.test(text)) return beside.lastIndex;
  return at + text.slice(at, end).replace(/[,}\]]+$/, '').length;
}

const bare = /(?:[^\s"'`\\;&|()<>]|\\\\)+/y;

const beside = /(?:"[^\s"'\\]*"|'[^\s"'\\]*')[^\s"'`\\;&|()<>]*/y;
