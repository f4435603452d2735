import { DateTime, type Table, textIn } from '../config/model.ts';
import { shorten } from '../settings/credential.ts';
import { expand } from '../text/expand.ts';
import { grouped } from '../text/grouped.ts';
import { harmless } from '../text/sanitize.ts';
import { isReference } from '../text/secrets.ts';
import type { Env } from '../world.ts';
import type { SameGitlab } from './identity.ts';

/** One runner of the file, with its position (from 0). */
export interface RunnerEntry {
  readonly at: number;
  readonly runner: Table;
}

/** Every runner of the file with its position. */
export const entriesIn = (runners: readonly Table[]): RunnerEntry[] =>
  runners.map((runner, at) => ({ at, runner }));

/**
 * The runners that the word of a person means: `#2` is the position (from 1), else the exact name, else the id in
 * GitLab, else the beginning of the token (with its prefix, six characters at least).
 */
export function selectRunners(runners: readonly Table[], word: string): RunnerEntry[] {
  const entries = entriesIn(runners);
  const position = /^#(\d+)$/.exec(word)?.[1];
  if (position !== undefined) return entries.filter(({ at }) => at === Number(position) - 1);
  const ways: ((entry: RunnerEntry) => boolean)[] = [
    ({ runner }) => textIn(runner, 'name') === word,
    ({ runner }) => /^\d+$/.test(word) && idOf(runner) === Number(word),
    ({ runner }) => word.length >= 6 && textIn(runner, 'token').startsWith(word),
  ];
  for (const way of ways) {
    const found = entries.filter(way);
    if (found.length > 0) return found;
  }
  return [];
}

/** The id that GitLab gave a runner; nothing when the file does not know it. */
export function idOf(runner: Table): number | undefined {
  const { id } = runner;
  return typeof id === 'number' && id > 0 ? id : undefined;
}

/** What a runner is called in sentences: its position and, when it has one, its name. */
export function nameOf({ at, runner }: RunnerEntry): string {
  const name = textIn(runner, 'name');
  return name === '' ? `#${at + 1}` : `#${at + 1} "${name}"`;
}

/** A runner as it is called in sentences, with its GitLab. */
export const nameWithUrl = (entry: RunnerEntry): string =>
  harmless(`${nameOf(entry)} at ${textIn(entry.runner, 'url')}`);

/** What went wrong with a runner: its name with its GitLab, and a message that then need not name the same GitLab. */
export function wordsOnTrouble(entry: RunnerEntry, message: string, name = `${nameWithUrl(entry)}:`): string {
  const url = textIn(entry.runner, 'url').replace(/\/+$/, '');
  return `${name} ${message.replace(`GitLab at ${url} `, 'GitLab ')}`;
}

/** A runner in one line, to tell it from others: position, name, URL, executor, short token. */
export function lineOf(entry: RunnerEntry): string {
  const { runner } = entry;
  const parts = [textIn(runner, 'url'), textIn(runner, 'executor'), shownToken(textIn(runner, 'token'))];
  return [nameOf(entry), ...parts].filter((part) => part !== '').join(' ');
}

/** A token as it may be shown; a reference to a variable is shown whole. */
export const shownToken = (token: string): string => (isReference(token) ? token : shorten(token));

/** How gitlab-runner's flags name runners of the file; what nobody gave is absent. */
export interface Selectors {
  readonly name?: string;
  readonly url?: string;
  readonly token?: string;
  readonly id?: number;
}

/**
 * The runners that all given flags fit. gitlab-runner takes a name alone although an address was given beside it
 * (verify.go 52), compares no address at all (unregister.go), or finds nothing by an address alone: here each flag
 * narrows the choice. An empty address or `*` fits every GitLab, as there.
 */
export function fittingRunners(
  runners: readonly Table[],
  { name, url, token, id }: Selectors,
  env: Env,
  same: SameGitlab,
): RunnerEntry[] {
  const fits: ((runner: Table) => boolean)[] = [
    (runner) => name === undefined || textIn(runner, 'name') === name,
    (runner) => url === undefined || /^\s*\*?\s*$/.test(url) || same(urlOf(runner, env), url),
    (runner) => token === undefined || tokenOf(runner, env) === token || textIn(runner, 'token') === token,
    (runner) => id === undefined || idOf(runner) === id,
  ];
  return entriesIn(runners).filter(({ runner }) => fits.every((fit) => fit(runner)));
}

/** The address of a runner with its variables filled in. */
export const urlOf = (runner: Table, env: Env): string => expand(textIn(runner, 'url'), env);

/** The token of a runner with its variables filled in. */
export const tokenOf = (runner: Table, env: Env): string => expand(textIn(runner, 'token'), env);

/** One runner of GitLab with all its entries in the file: copies of an entry share its token. */
export interface Entries {
  /** The entry that was meant. */
  readonly first: RunnerEntry;
  readonly all: readonly RunnerEntry[];
}

/** Puts the chosen entries together with the copies of them that stand elsewhere in the file, each runner once. */
export function withCopies(
  runners: readonly Table[],
  chosen: readonly RunnerEntry[],
  env: Env,
  same: SameGitlab,
): Entries[] {
  const found: Entries[] = [];
  const taken = new Set<number>();
  const byToken = grouped(entriesIn(runners), ({ runner }) => tokenOf(runner, env));
  for (const first of chosen) {
    if (taken.has(first.at)) continue;
    const token = tokenOf(first.runner, env);
    const isCopy = ({ at, runner }: RunnerEntry) =>
      at === first.at || same(urlOf(runner, env), urlOf(first.runner, env));
    const all = token === '' ? [first] : byToken.get(token)!.filter(isCopy);
    for (const { at } of all) taken.add(at);
    found.push({ first, all });
  }
  return found;
}

/**
 * Where the same entries stand in a file that others may have changed meanwhile; those that are gone are left out. With
 * `withRenewed`, an entry is the same although gitlab-runner has renewed its token.
 */
export function foundAgain(
  runners: readonly Table[],
  entries: readonly RunnerEntry[],
  withRenewed = false,
): RunnerEntry[] {
  const all = entriesIn(runners);
  const marks = withRenewed ? [markOf, lastingMarkOf] : [markOf];
  const groups = marks.map((mark) => grouped(all, ({ runner }) => mark(runner)));
  const taken = new Set<number>();
  return entries.flatMap(({ at, runner }): RunnerEntry[] => {
    for (const [which, mark] of marks.entries()) {
      const wanted = mark(runner);
      const same = wanted === undefined ? [] : (groups[which]!.get(wanted) ?? []);
      const isFree = (one: RunnerEntry) => !taken.has(one.at);
      const here = all[at];
      const isHere =
        here !== undefined && wanted !== undefined && mark(here.runner) === wanted && isFree(here);
      const found = isHere ? here : same.find(isFree);
      if (found === undefined) continue;
      taken.add(found.at);
      return [found];
    }
    return [];
  });
}

/** The entries whose runner is in the file with another token. */
export function renewedAmong(runners: readonly Table[], entries: readonly RunnerEntry[]): RunnerEntry[] {
  const same = new Set(runners.map(markOf));
  const lasting = new Set(runners.map(lastingMarkOf));
  return entries.filter(({ runner }) => {
    const mark = lastingMarkOf(runner);
    return mark !== undefined && lasting.has(mark) && !same.has(markOf(runner));
  });
}

/** What stays of a runner when gitlab-runner renews its token; nothing without an id, which a namesake could lack, too. */
export function lastingMarkOf(runner: Table): string | undefined {
  const id = idOf(runner);
  return id === undefined ? undefined : [id, textIn(runner, 'url'), textIn(runner, 'name')].join('\n');
}

const markOf = (runner: Table): string =>
  ['name', 'url', 'token', 'executor'].map((key) => textIn(runner, key)).join('\n');

/** When the token of a runner ends, by the file; nothing when it has no end or none is written. */
export const expiryOf = (runner: Table): Date | undefined => dateIn(runner, 'token_expires_at');

/** When the token of a runner was given out, by the file. */
export const obtainedOf = (runner: Table): Date | undefined => dateIn(runner, 'token_obtained_at');

// A date of the file keeps its text; Go writes the year 1 where there is none.
function dateIn(runner: Table, key: string): Date | undefined {
  const value = runner[key];
  const text = value instanceof DateTime ? value.text : value;
  const date = typeof text === 'string' ? new Date(text) : undefined;
  return date === undefined || Number.isNaN(date.getTime()) || date.getUTCFullYear() < 2 ? undefined : date;
}

/** A moment as its day, in UTC. */
export const dayOf = (date: Date): string => date.toISOString().slice(0, 10);
