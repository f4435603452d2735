import { allKeys, type FoundKey, findKey } from '../../app/config-keys.ts';
import { isSwitchedOn } from '../../app/invocation.ts';
import { presetHeaders } from '../../app/preset-headers.ts';
import { type Table, textIn } from '../../config/model.ts';
import { readConfig } from '../../config/read.ts';
import { readFound } from '../../config/read-file.ts';
import { completePath, defaultConfigFile } from '../../host/places.ts';
import { platformOf } from '../../host/platform/index.ts';
import { entriesIn, idOf, type RunnerEntry, selectRunners } from '../../runner/select.ts';
import { gather } from '../../settings/gather.ts';
import type { Offer } from '../../settings/row.ts';
import { kindOfKey, type Level, wordsOnKey } from '../../settings/toml-keys.ts';
import type { Candidate, Completion } from '../../terminal/completion/wanted.ts';
import { expand } from '../../text/expand.ts';
import type { World } from '../../world.ts';

type Source = (wanted: Completion, world: World) => readonly Candidate[] | Promise<readonly Candidate[]>;

/** Where each kind of candidate comes from. */
const sources: Readonly<Record<Exclude<Offer, 'files'>, Source>> = {
  runners: async (wanted, world) => runnerWords(await runnersOf(wanted, world), wanted),
  names: async (wanted, world) => namedOnce(await runnersOf(wanted, world)).map(asName),
  ids: async (wanted, world) => entriesIn(await runnersOf(wanted, world)).flatMap(asId),
  urls: async (wanted, world) => urlsOf(await runnersOf(wanted, world)),
  keys: keysAt('any'),
  lists: keysAt('lists'),
  paths: keysAt('paths'),
  explained: async (wanted) => explainedAt(wanted, await import('../../app/explain-key.ts')),
  presets: async () =>
    (await presetHeaders()).map(({ name, title, purpose }) => ({ value: name, line: purpose || title })),
};

/** Looks up what is offered; throws when that cannot be read. */
export async function lookUp(
  offer: Exclude<Offer, 'files'>,
  wanted: Completion,
  world: World,
): Promise<readonly Candidate[]> {
  return sources[offer](wanted, world);
}

async function runnersOf({ given }: Completion, world: World): Promise<readonly Table[]> {
  const named = (given.config ?? []).map((word) => expand(word, world.env));
  const { settings } = gather(named.length === 0 ? {} : { config: named }, world.env, {
    fromEnv: ['config'],
  });
  const path = settings.config ? completePath(settings.config, world) : await pathInUse(world);
  return (await readConfig(readFound(path).text ?? '', path)).runners;
}

// No engine is asked for the file of a container, nor PowerShell for that of a service: that takes longer than a TAB may.
async function pathInUse(world: World): Promise<string> {
  const usual = defaultConfigFile(world);
  if (platformOf(world).isWindows) return usual;
  const { configInUse } = await import('../../app/config-in-use.ts');
  return (await configInUse(usual, world))?.path ?? usual;
}

// A name that several have, or that would be read as something else, is offered by its position.
function runnerWords(runners: readonly Table[], { typed, positionals }: Completion): Candidate[] {
  const taken = new Set(positionals.flatMap((word) => selectRunners(runners, word)).map(({ at }) => at));
  const free = entriesIn(runners).filter(({ at }) => !taken.has(at));
  if (typed.startsWith('#')) return free.map(asPosition);
  const named = new Set(namedOnce(runners).map(({ at }) => at));
  const ids = /^\d/.test(typed) ? free.flatMap(asId) : [];
  return [...free.map((entry) => (named.has(entry.at) ? asName(entry) : asPosition(entry))), ...ids];
}

function namedOnce(runners: readonly Table[]): RunnerEntry[] {
  return entriesIn(runners).filter(({ at, runner }) => {
    const name = nameIn(runner);
    if (name === '' || name !== name.trim() || /^-|\p{C}/u.test(name)) return false;
    const found = selectRunners(runners, name);
    return found.length === 1 && found[0]!.at === at;
  });
}

const nameIn = (runner: Table): string => textIn(runner, 'name');

const asName = ({ at, runner }: RunnerEntry): Candidate => ({
  value: nameIn(runner),
  line: [`#${at + 1}`, ...placeOf(runner)].join(' '),
});

const asPosition = ({ at, runner }: RunnerEntry): Candidate => ({
  value: `#${at + 1}`,
  // zsh puts words with the same line together, so the position stands in it, too.
  line: [`#${at + 1} "${nameIn(runner).replace(/\p{C}/gu, '?')}"`, ...placeOf(runner)].join(' '),
});

const asId = ({ at, runner }: RunnerEntry): Candidate[] => {
  const id = idOf(runner);
  return id === undefined ? [] : [{ value: String(id), line: asPosition({ at, runner }).line! }];
};

// The address may hold a password; its host does not.
function placeOf(runner: Table): string[] {
  const url = textIn(runner, 'url');
  const host = URL.canParse(url) ? new URL(url).host : '';
  return [textIn(runner, 'executor').replace(/\p{C}/gu, '?'), host].filter((part) => part !== '');
}

function urlsOf(runners: readonly Table[]): Candidate[] {
  const urls = runners.map((runner) => textIn(runner, 'url'));
  const plain = urls.filter((url) => /^https?:\/\/[^\s@?\p{C}]+$/u.test(url));
  return [...new Set(plain.map((url) => url.replace(/\/+$/, '')))].map((value) => ({ value }));
}

/**
 * Gives the source of the keys of config.toml, a table at a time: with a value behind them (`any`), those alone that
 * hold several values (`lists`), or bare (`paths`).
 */
function keysAt(what: 'any' | 'lists' | 'paths'): (wanted: Completion) => Candidate[] {
  return ({ typed, given }) => {
    const level: Level = isSwitchedOn(given, 'global') ? 'global' : 'runner';
    const [, path, value] = /^([^=]*)(=)/.exec(typed) ?? [];
    if (value !== undefined) return valuesOf(level, path!);
    const above = typed.slice(0, typed.lastIndexOf('.') + 1);
    const keys = [...allKeys(level)].filter((key) => what !== 'lists' || holdsSeveral(key));
    const below = keys.filter(({ path }) => path.join('.').startsWith(above));
    const found = below.map((key) => candidateOf(key, above, what === 'paths' ? '' : '='));
    return [...new Map(found.map((one) => [one.value, one])).values()];
  };
}

const holdsSeveral = ({ type }: FoundKey): boolean => /^(map<.*>|policies|tables|.*\[\])$/.test(type);

// Of a deeper key only its table is offered, as shells do with folders.
function candidateOf({ level, path }: FoundKey, above: string, end: string): Candidate {
  const [name = '', ...deeper] = path.join('.').slice(above.length).split('.');
  if (deeper.length > 0) return { value: `${above}${name}.`, isOpen: true };
  const line = wordsOnKey(level, path);
  return { value: `${above}${name}${end}`, isOpen: end !== '', ...(line !== undefined && { line }) };
}

function valuesOf(level: Level, path: string): Candidate[] {
  const { path: parts, type } = findKey(level, path.split('.'), path);
  const { name, choices = [] } = kindOfKey(level, parts, type);
  const words = name === 'yes-no' ? ['true', 'false'] : choices;
  return words.map((word) => ({ value: `${path}=${word}` }));
}

/** Keys and tables from the top of the file, a table at a time; those of a runner without `runners.` too, once begun. */
function explainedAt(
  { typed }: Completion,
  { explainAll }: typeof import('../../app/explain-key.ts'),
): Candidate[] {
  const all = [...explainAll('global'), ...explainAll('runner')];
  const begun = all.filter(({ key }) => key.startsWith(typed)).length > 0;
  const above = typed.slice(0, typed.lastIndexOf('.') + 1);
  const found = all.flatMap(({ key, path, type, description = '' }): Candidate[] => {
    const name = begun ? key : path.join('.');
    const own = name.slice(above.length);
    if (!name.startsWith(above)) return [];
    if (own.includes('.')) return [{ value: `${above}${own.slice(0, own.indexOf('.'))}.`, isOpen: true }];
    return /^tables?$/.test(type) ? [] : [{ value: name, line: description }];
  });
  return [...new Map(found.map((one) => [one.value, one])).values()];
}
