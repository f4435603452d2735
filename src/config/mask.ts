/** Makes control characters visible, so that text of others cannot steer a terminal. */
export function harmless(text: string): string {
  return text.replace(
    /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * Hides what looks like a secret in one line of config.toml; `cover` says what stands in its place (stars of the same
 * width unless told). References to variables such as `${TOKEN}` are no secrets.
 */
export function maskLine(line: string, cover: (secret: string) => string = stars): string {
  return line
    .replace(secretValue, (_, key: string, value: string) => key + coverValue(value, cover))
    .replace(/\bgl[a-z]{2,5}-[\w.=-]+/g, (token) => cover(token))
    .replace(secretVariable, (_, name: string, secret: string) => name + cover(secret))
    .replace(/[A-Za-z0-9+/_-]{40,}={0,2}/g, (all) => cover(all));
}

function coverValue(value: string, cover: (secret: string) => string): string {
  const [, open = '', inner = '', close = ''] = /^(["']*)(.*?)(["']*)$/s.exec(value) ?? [];
  return inner === '' || /^\$(\w+|\{\w+\})$/.test(inner) ? value : open + cover(inner) + close;
}

const stars = (secret: string): string => secret.replace(/[^\s"']/g, '*');

const secretValue =
  /((?<![\w-])(?:(?:bearer_)?token|password|AccessKey|SecretKey|SessionToken|PrivateKey|AccountKey|sentry_dsn)["']?\s*=\s*)("""(?:.*?"""|.*$)|'''(?:.*?'''|.*$)|"(?:[^"\\]|\\.)*"?|'[^']*'?|[^#,}\]\s]+)/gi;

const secretVariable = /([A-Z_]*(?:TOKEN|PASSWORD|SECRET|KEY|AUTH)[A-Z_]*=)([^"',\s]+)/g;
