import { oneOf, unknownRunner } from '../../app/choose-runner.ts';
import type { Config } from '../../config/read.ts';
import { exitCode, Trouble } from '../../errors.ts';
import { placesOf, type RunnerEntry, selectRunners } from '../../runner/select.ts';
import type { Person } from '../../terminal/ask.ts';

/**
 * The runners that are meant: all, those of the words, or the only one. A person chooses among several; without a
 * person several, or none, are a `Trouble` that lists them.
 */
export async function targetsOf(
  { runners, file }: Config,
  words: readonly string[],
  isAll: boolean,
  person: (() => Promise<Person>) | undefined,
): Promise<RunnerEntry[]> {
  const [word, second] = words;
  if (second !== undefined)
    throw usage(`One runner at a time: "${word}" and "${second}" were given.`, hintAll);
  if (isAll && word !== undefined)
    throw usage(`--all and the runner "${word}" contradict each other.`, hintAll);
  const all = placesOf(runners);
  if (all.length === 0) throw usage(`${file} has no runner.`, 'Register one: runner-setup register');
  if (isAll) return all;
  const found = word === undefined ? all : selectRunners(runners, word);
  if (found.length === 1) return found;
  if (found.length === 0) throw unknownRunner(file, word!, all);
  const what =
    word === undefined ? `${file} has ${found.length} runners` : `"${word}" means ${found.length} runners`;
  const hint = `Name one by position, such as "#${found[0]!.at + 1}"; or --all for every one.`;
  return [await oneOf(found, person, { what, hint })];
}

const hintAll = 'Name one, or give --all for every runner.';

const usage = (message: string, hint: string): Trouble =>
  new Trouble(message, { hint, code: exitCode.usage });
