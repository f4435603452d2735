import { exitCode, Trouble } from '../errors.ts';
import { lineOf, type RunnerEntry } from '../runner/select.ts';
import type { Person } from '../terminal/ask.ts';

/**
 * Takes the one of several runners that a person chooses; where nobody can be asked, throws a `Trouble` that lists them.
 * `what` says how there come to be several, as a sentence without its end.
 */
export async function oneOf(
  places: readonly RunnerEntry[],
  person: (() => Promise<Person>) | undefined,
  { what, hint }: { what: string; hint: string },
): Promise<RunnerEntry> {
  if (person === undefined) throw new Trouble(`${what}:\n${listed(places)}`, { hint, code: exitCode.usage });
  const choices = places.map((place) => ({ value: String(place.at), name: lineOf(place) }));
  const at = await (await person()).choose(`${what}. Which one?`, choices);
  return places.find((place) => String(place.at) === at)!;
}

/** Runners as lines below a sentence. */
const listed = (places: readonly RunnerEntry[]): string =>
  places.map((place) => `  ${lineOf(place)}`).join('\n');

/** What is thrown when a word means no runner of the file: it lists those that there are. */
export function unknownRunner(file: string, word: string, all: readonly RunnerEntry[]): Trouble {
  if (all.length === 0) {
    return new Trouble(`No runner is "${word}": ${file} has none.`, {
      hint: 'Name the file with --config when it is another one.',
      code: exitCode.usage,
    });
  }
  return new Trouble(`No runner is "${word}" in ${file}:\n${listed(all)}`, {
    hint: 'Name it by position, such as "#1".',
    code: exitCode.usage,
  });
}
