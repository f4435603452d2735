/** Makes control characters visible, so that text of others cannot steer a terminal. */
export function harmless(text: string): string {
  return text.replace(
    /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Hides what looks like a secret in one line of config.toml, keeping its width; for messages and diffs. */
export function maskLine(line: string): string {
  return line
    .replace(secretValue, (_, key: string, value: string) => key + value.replace(/[^\s"']/g, '*'))
    .replace(/\b(gl[a-z]{2,5}-)[\w.=-]+/g, (all, prefix: string) => prefix.padEnd(all.length, '*'))
    .replace(secretVariable, (_, name: string, secret: string) => name + '*'.repeat(secret.length))
    .replace(/[A-Za-z0-9+/_-]{40,}={0,2}/g, (all) => '*'.repeat(all.length));
}

const secretValue =
  /((?<![\w-])(?:(?:bearer_)?token|password|AccessKey|SecretKey|SessionToken|PrivateKey|AccountKey|sentry_dsn)["']?\s*=\s*)("""(?:.*?"""|.*$)|'''(?:.*?'''|.*$)|"(?:[^"\\]|\\.)*"?|'[^']*'?|[^#,}\]\s]+)/gi;

const secretVariable = /([A-Z_]*(?:TOKEN|PASSWORD|SECRET|KEY|AUTH)[A-Z_]*=)([^"',\s]+)/g;
