/** What stands in the place of a secret. */
type Cover = (secret: string) => string;

/**
 * Hides what looks like a secret in one line of config.toml: the texts of keys that hold one, the values of variables
 * whose names speak of one, passwords in addresses, GitLab's tokens and long keys. `cover` says what stands there
 * instead (stars of the same width unless told). References to variables such as `${TOKEN}` are no secrets.
 */
export function maskLine(line: string, cover: Cover = stars): string {
  const hidden = line.replace(strings, (text, at: number) => maskString(text, line.slice(0, at), cover));
  return maskWords(hidden, cover).replace(bareValue, (_, key: string, value: string) => key + cover(value));
}

/** Hides one text whole, such as a line inside a secret that spans several lines. */
export const maskWhole = (text: string, cover: Cover = stars): string =>
  text.trim() === '' ? text : cover(text);

/** The numbers (from 1) of the lines that are the inside of a secret spanning several lines. */
export function secretLines(text: string): ReadonlySet<number> {
  const inside = new Set<number>();
  if (!text.includes('"""') && !text.includes("'''")) return inside;
  const at = { offset: 0, line: 1 };
  for (const found of text.matchAll(/(?<![\w.'"-])([\w.'"-]+)[ \t]*=[ \t]*("""|''')([\s\S]*?)(?:\2|$)/g)) {
    if (!secretKey.test(lastKey(found[1]!))) continue;
    at.line += text.slice(at.offset, found.index).split('\n').length - 1;
    at.offset = found.index;
    const first = at.line;
    const lines = found[3]!.split('\n').length;
    for (let line = first + 1; line < first + lines; line++) inside.add(line);
  }
  return inside;
}

const strings = /"""(?:[\s\S]*?"""|.*$)|'''(?:[\s\S]*?'''|.*$)|"(?:[^"\\]|\\.)*(?:"|$)|'[^']*(?:'|$)/g;

const secretKey =
  /^((bearer_|access_|auth_|secret_)?token|passw(or)?d|(access|secret|private|account|encryption)_?key|session_?token|sentry_dsn|secret)$/i;

const secretName = /token|passw|pwd|_pass\b|^pass|secret|auth|credential|dsn|key/i;

const lastKey = (path: string): string => /([\w-]+)["']?$/.exec(path)?.[1] ?? path;

function maskString(text: string, before: string, cover: Cover): string {
  const [, open = '', inner = '', close = ''] = /^("""|'''|["']?)([\s\S]*?)("""|'''|["']?)$/.exec(text) ?? [];
  const key = /([\w.'"-]+)\s*=\s*$/.exec(before)?.[1];
  const isSecret = key !== undefined && secretKey.test(lastKey(key));
  return open + (isSecret ? coverAll(inner, cover) : maskVariable(inner, cover)) + close;
}

function coverAll(text: string, cover: Cover): string {
  return text === '' || /^\$(\w+|\{\w+\})$/.test(text) ? text : cover(text);
}

// `NAME=value`, as in `environment` and the options of machines: the value goes on to the end of the text.
function maskVariable(text: string, cover: Cover): string {
  const [, name = '', value = ''] = /^([\w.-]+=)([\s\S]+)$/.exec(text) ?? [];
  return secretName.test(name) ? name + coverAll(value, cover) : maskWords(text, cover);
}

function maskWords(text: string, cover: Cover): string {
  return text
    .replace(
      /(\/\/[^/@\s:"']*:)([^/@\s"']+)(?=@)/g,
      (_, user: string, password: string) => user + cover(password),
    )
    .replace(proxyLogin, (_, before: string, password: string) => before + cover(password))
    .replace(/\bgl[a-z]{2,6}-[\w.=-]+/g, (token) => cover(token))
    .replace(/[A-Za-z0-9+/_-]{40,}={0,2}/g, (all) => cover(all));
}

// Before the address of a proxy, which may lack its scheme; without a colon, the user may be a token.
const proxyLogin = /(proxy=(?:\w+:\/\/)?(?:[^\s"'@:/]*:)?)((?:[^\s"'\\]|\\.)+)(?=@)/gi;

const stars: Cover = (secret) => secret.replace(/[^\s"']/g, '*');

// A value that lacks its quotes, as in a line that cannot be read.
const bareValue =
  /((?<![\w-])(?:(?:bearer_)?token|password|(?:Access|Secret|Private|Account)Key|SessionToken|sentry_dsn)["']?\s*=\s*)([^\s"'#,}\]$][^#,}\]]*)/gi;
