/** What stands at a path in the JSON of an engine; nothing when there is no such place. */
export function at(from: unknown, ...path: readonly string[]): unknown {
  let here = from;
  for (const key of path) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = (here as Record<string, unknown>)[key];
  }
  return here;
}

/** The text at a path, numbers as text; empty when there is none. */
export function textAt(from: unknown, ...path: readonly string[]): string {
  const found = at(from, ...path);
  return typeof found === 'string' ? found : typeof found === 'number' ? String(found) : '';
}

/** The number at a path; 0 when there is none. */
export function numberAt(from: unknown, ...path: readonly string[]): number {
  const found = at(from, ...path);
  return typeof found === 'number' ? found : 0;
}

/** A list of texts; empty when it is none. */
export const texts = (found: unknown): string[] =>
  Array.isArray(found) ? found.filter((one): one is string => typeof one === 'string') : [];

/** A map of texts; empty when it is none. */
export const strings = (found: unknown): Record<string, string> =>
  typeof found === 'object' && found !== null
    ? Object.fromEntries(Object.entries(found).map(([key, value]) => [key, String(value)]))
    : {};

/** A size as Podman prints it (`10MB`), as both engines take it (`10m`). */
export const shortName = (size: string): string => size.toLowerCase().replace(/b$/, '');
