/** The texts of a word that is a JSON array of texts or numbers; nothing for any other word. */
export function jsonList(word: string): string[] | undefined {
  const parsed = word.startsWith('[') ? parseJson(word) : undefined;
  return Array.isArray(parsed) && parsed.every((one) => typeof one === 'string' || typeof one === 'number')
    ? parsed.map(String)
    : undefined;
}

/** Whether a value is a list of texts. */
export const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');

/** What a word means as JSON; nothing when it is none. */
export function parseJson(word: string): unknown {
  try {
    return JSON.parse(word);
  } catch {
    return undefined;
  }
}
