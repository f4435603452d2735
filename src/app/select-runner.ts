import { existsSync } from 'node:fs';
import type { Table } from '../config/model.ts';
import type { Config } from '../config/read.ts';
import { exitCode, Trouble } from '../errors.ts';
import { sameGitlab } from '../gitlab/url.ts';
import {
  type Entries,
  entriesIn,
  fittingRunners,
  idOf,
  lineOf,
  type RunnerEntry,
  type Selectors,
  selectRunners,
  withCopies,
} from '../runner/select.ts';
import type { Person } from '../terminal/ask.ts';
import { position } from '../text/shell-quote.ts';
import { type ConfigInvocation, misuse } from './invocation.ts';

/** Every runner that was meant, in the order of the file; all of them when nobody was named. Throws when nobody fits. */
export function allMeant(invocation: ConfigInvocation, config: Config | undefined): RunnerEntry[] {
  if (config === undefined) refuseMissing(invocation);
  const runners: readonly Table[] = config?.runners ?? [];
  const { words, selectors } = invocation;
  if (words.length === 0 && isEmpty(selectors)) return entriesIn(runners);
  const found = new Set(words.flatMap((word) => named(invocation, runners, word)).map(({ at }) => at));
  if (!isEmpty(selectors)) for (const { at } of fitting(invocation, runners)) found.add(at);
  return entriesIn(runners).filter(({ at }) => found.has(at));
}

/**
 * As `allMeant`, for commands that gitlab-runner does not have: an empty `--name` or `--url`, whose variable is unset,
 * means nobody there and is refused with a `Trouble`.
 */
export function allNamed(invocation: ConfigInvocation, config: Config | undefined): RunnerEntry[] {
  for (const [flag, what] of [
    ['name', 'a name'],
    ['url', 'a URL'],
  ] as const)
    if (invocation.verbFlags[flag]?.at(-1)?.trim() === '')
      throw misuse(`--${flag} is empty.`, `Use ${what}, or omit the flag. Check that its variable is set.`);
  return allMeant(invocation, config);
}

/**
 * The runners that are meant: all, those of the words, or the only one. A person chooses among several; without a
 * person several, or none, are a `Trouble` that lists them.
 */
export async function editTargets(
  { runners, file }: Config,
  words: readonly string[],
  isAll: boolean,
  person: (() => Promise<Person>) | undefined,
): Promise<RunnerEntry[]> {
  const [word, second] = words;
  if (second !== undefined)
    throw misuse(`Only one runner can be edited at a time: "${word}" and "${second}" were given.`, hintAll);
  if (isAll && word !== undefined)
    throw misuse(`--all cannot be combined with the runner "${word}".`, hintAll);
  const all = entriesIn(runners);
  if (all.length === 0) throw misuse(`${file} has no runners.`, 'Register a runner: runner-setup register');
  if (isAll) return all;
  const found = word === undefined ? all : selectRunners(runners, word);
  if (found.length === 1) return found;
  if (found.length === 0) throw unknownRunner(file, word!, all);
  const what =
    word === undefined ? `${file} has ${found.length} runners` : `"${word}" matches ${found.length} runners`;
  const one = `Select a runner by its position, such as "#${found[0]!.at + 1}"`;
  const hint = word === undefined ? `${one}, or all runners with --all.` : `${one}.`;
  return [await oneOf(found, person, { what, hint })];
}

const hintAll = 'Select one of them, or all runners with --all.';

/**
 * The runners that were meant, where each name stands for one: a person chooses between several, a script is refused.
 * With `--all-runners` all of them. `oneEntry` when copies of an entry are told apart, too.
 */
export async function eachMeant(
  invocation: ConfigInvocation,
  config: Config | undefined,
  how: { all: boolean; oneEntry: boolean },
): Promise<Entries[]> {
  if (config === undefined) refuseMissing(invocation);
  const runners: readonly Table[] = config?.runners ?? [];
  const copies = (entries: readonly RunnerEntry[]): Entries[] =>
    how.oneEntry
      ? entries.map((first) => ({ first, all: [first] }))
      : withCopies(runners, entries, invocation.world.env, sameGitlab);
  const isNamed = invocation.words.length > 0 || !isEmpty(invocation.selectors);
  if (invocation.words.length === 0) refuseLoose(invocation.selectors);
  if (how.all && isNamed)
    throw misuse('--all-runners cannot be combined with a single runner.', 'Use one of them.');
  if (how.all) return copies(entriesIn(runners));
  if (!isNamed)
    return copies([await choose(invocation, entriesIn(runners), `${invocation.path} has ${count(runners)}`)]);
  const ways = invocation.words.map((word) => ({
    says: `"${word}" matches`,
    found: named(invocation, runners, word),
  }));
  if (!isEmpty(invocation.selectors))
    ways.push({ says: 'The flags match', found: fitting(invocation, runners) });
  const chosen: RunnerEntry[] = [];
  for (const { says, found } of ways) {
    const distinct = copies(found);
    if (distinct.length === 1) chosen.push(distinct[0]!.first);
    else chosen.push(await choose(invocation, found, `${says} ${count(found)}`));
  }
  return copies(chosen);
}

// gitlab-runner acts on none of them by an address alone, and by an id only together with the address.
function refuseLoose({ name, url, token, id }: Selectors): void {
  if (name !== undefined || token !== undefined || (url !== undefined && id !== undefined)) return;
  if (id !== undefined) throw misuse('--id requires --url.', 'Add the URL of the GitLab: --url URL');
  if (url !== undefined)
    throw misuse(
      '--url alone does not select a runner.',
      'Add --name NAME, or select the runner by its position: "#1"',
    );
}

/**
 * Throws where a script has to say `--yes`: when runners are named by words of our own and there are several, or what is
 * done reaches other machines. What gitlab-runner does by the same flags is done without it.
 */
export function refuseUnasked(
  { words, mayAsk, yes, dryRun }: ConfigInvocation,
  { count, reaches }: { count: number; reaches: string | undefined },
): void {
  if (mayAsk || yes || dryRun) return;
  const what = reaches ?? (words.length > 0 && count > 1 ? `This changes ${count} runners.` : undefined);
  if (what !== undefined)
    throw misuse(
      `${what} In a script, this requires --yes.`,
      'Add --yes, or use --dry-run to see the changes.',
    );
}

/** The id of a runner, which GitLab's own settings are changed by. */
export function numberOf({ runners, file }: Config, at: number): number {
  const id = idOf(runners[at]!);
  if (id !== undefined) return id;
  throw new Trouble(`Runner #${at + 1} in ${file} has no id, which GitLab requires.`, {
    hint: `Use the ID from the page of the runner in GitLab: runner-setup edit ${position(at)} --set id=NUMBER`,
    code: exitCode.usage,
  });
}

/**
 * Throws when config.toml was named and is not there: a path with a slip in it must not pass for a file without runners.
 * The default file may well not be there yet.
 */
export function refuseMissing({ path, settings }: ConfigInvocation): void {
  if (settings.config === undefined && settings.container === undefined) return;
  if (existsSync(path)) return;
  throw new Trouble(`The file ${path} does not exist.`, {
    hint: 'Use another file with --config FILE, or create this one: runner-setup register',
  });
}

/** That a config.toml has no runners, as a sentence: a file that is not there is told from an empty one. */
export const noRunnersIn = (path: string): string =>
  existsSync(path) ? `${path} has no runners.` : `${path} does not exist, so there are no runners.`;

const count = ({ length }: readonly unknown[]): string => (length === 1 ? '1 runner' : `${length} runners`);

const isEmpty = (selectors: Selectors): boolean => Object.keys(selectors).length === 0;

function named({ path }: ConfigInvocation, runners: readonly Table[], word: string): RunnerEntry[] {
  const found = selectRunners(runners, word);
  if (found.length > 0) return found;
  throw unknownRunner(path, word, entriesIn(runners));
}

function fitting({ path, selectors, world }: ConfigInvocation, runners: readonly Table[]): RunnerEntry[] {
  const found = fittingRunners(runners, selectors, world.env, sameGitlab);
  if (found.length > 0) return found;
  const flags = Object.entries(selectors).map(([name, value]) =>
    name === 'token' ? '--token' : `--${name} ${value}`,
  );
  const several = flags.length > 1;
  throw new Trouble(`No runner in ${path} matches ${flags.join(' and ')}.`, {
    ...(several && { why: 'A runner must match all of these flags.' }),
    hint: 'List the runners: runner-setup list',
  });
}

async function choose(
  invocation: ConfigInvocation,
  entries: readonly RunnerEntry[],
  what: string,
): Promise<RunnerEntry> {
  const { path, world, say, mayAsk } = invocation;
  if (entries.length === 0)
    throw new Trouble(`${path} has no runners.`, {
      hint: 'To use another file, add --config FILE.',
    });
  const person = async () => (await import('../terminal/ask.ts')).personOf(world, say);
  const hint = `Select a runner by its position, such as "#${entries[0]!.at + 1}".`;
  return oneOf(entries, mayAsk ? person : undefined, { what, hint });
}

/**
 * Takes the one of several runners that a person chooses; where nobody can be asked, throws a `Trouble` that lists them.
 * `what` says how there come to be several, as a sentence without its end.
 */
async function oneOf(
  entries: readonly RunnerEntry[],
  person: (() => Promise<Person>) | undefined,
  { what, hint }: { what: string; hint: string },
): Promise<RunnerEntry> {
  if (person === undefined) throw new Trouble(`${what}:\n${listed(entries)}`, { hint, code: exitCode.usage });
  const choices = entries.map((entry) => ({ value: String(entry.at), name: lineOf(entry) }));
  const at = await (await person()).choose(`${what}. Which one?`, choices, undefined, 'cancel');
  return entries.find((entry) => String(entry.at) === at)!;
}

/** Runners as lines below a sentence. */
const listed = (entries: readonly RunnerEntry[]): string =>
  entries.map((entry) => `  ${lineOf(entry)}`).join('\n');

/** What is thrown when a word means no runner of the file: it lists those that there are. */
function unknownRunner(file: string, word: string, all: readonly RunnerEntry[]): Trouble {
  if (all.length === 0) {
    return new Trouble(`No runner matches "${word}": ${file} has no runners.`, {
      hint: 'To use another file, add --config FILE.',
      code: exitCode.usage,
    });
  }
  return new Trouble(`No runner matches "${word}" in ${file}:\n${listed(all)}`, {
    hint: 'Select a runner by its position, such as "#1".',
    code: exitCode.usage,
  });
}
