/** What GitLab said, read from any of its error shapes (GitLab: lib/api/helpers.rb, api_guard.rb, Grape). */
export interface ErrorBody {
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
export function readErrorBody(body: unknown): ErrorBody {
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
