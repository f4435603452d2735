/** Takes text of a server; gives one line without control or direction characters, shortened to `longest` characters. */
export function harmless(text: string, longest = 300): string {
  const line = text
    .replace(/\u001b\[[0-?]*[ -/]*[@-~]/g, '')
    .replace(/[\s\u2028\u2029]+/g, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu, '\ufffd')
    .trim();
  const letters = [...line];
  return letters.length > longest ? `${letters.slice(0, longest - 1).join('')}…` : line;
}

/** Takes text and the secrets known to be in play; gives the text with them, and anything shaped like a GitLab token, replaced. */
export function masked(text: string, secrets: readonly string[]): string {
  // Longest first, so that a secret that begins with another one leaves no tail.
  const known = secrets
    .filter((secret) => secret.length > 3)
    .flatMap((secret) => [secret, encodeURIComponent(secret)])
    .sort((a, b) => b.length - a.length);
  const without = known.reduce((rest, secret) => rest.replaceAll(secret, '[hidden]'), text);
  return without.replace(/\b(?:gl[a-z]{2,7}-|GR1348941)[\w.-]{8,}/g, '[hidden]');
}

/** What GitLab said, read from any of its error shapes (GitLab: lib/api/helpers.rb, api_guard.rb, Grape). */
export interface Said {
  /** One line, or absent when the answer holds no words. */
  words?: string;
  /** The fields of a validation error, such as tags_list. */
  fields: string[];
  /** The word of `{"error": …}`, such as insufficient_scope. */
  error?: string;
  /** The scopes GitLab names with insufficient_scope. */
  scope?: string;
}

/** Takes the parsed body of a refusal; gives GitLab's words, raw (see harmless and masked). */
export function readSaid(body: unknown): Said {
  if (!isRecord(body)) return { fields: [] };
  const { message, error, error_description: description, scope } = body;
  const fields = isRecord(message) ? Object.keys(message) : [];
  const words = isRecord(message) ? fieldWords(message) : (text(description) ?? text(message) ?? text(error));
  return {
    fields,
    ...(words === undefined ? {} : { words }),
    ...(text(error) === undefined ? {} : { error: text(error)! }),
    ...(text(scope) === undefined ? {} : { scope: text(scope)! }),
  };
}

function fieldWords(message: Record<string, unknown>): string {
  const parts = Object.entries(message).map(([field, said]) => {
    const words = [said].flat().map(String).join('; ');
    return field === 'error' ? words : `${field}: ${words}`;
  });
  return parts.join(', ');
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

/** True for a JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
