import { allKeys, type FoundKey, findKey } from '../../app/config-keys.ts';
import { type Table, textIn, type Value, valueAt, withValue } from '../../config/model.ts';
import type { Config } from '../../config/read.ts';
import { commonGlobals, commonPaths } from '../../runner/common-keys.ts';
import type { Edit } from '../../runner/edit-request.ts';
import { appliesTo } from '../../settings/executors.ts';
import { table } from '../../settings/table.ts';
import { settingAt, wordsOnKey } from '../../settings/toml-keys.ts';
import type { Entry } from '../../terminal/ask.ts';
import { shownValue } from './output.ts';
import { isSame, placeIn, planPlaces } from './plan.ts';
import type { EditRequest } from './request.ts';

/** One key at one place. */
export interface Spot {
  readonly at: 'global' | number;
  readonly key: FoundKey;
}

/** What a person has changed so far, while nothing is written. */
export class Drafting {
  readonly config: Config;
  readonly #wanted = new Map<string, { spot: Spot; value: Value | undefined }>();

  readonly #kept = new Map<number, Readonly<Record<string, unknown>>>();

  constructor(config: Config) {
    this.config = config;
  }

  get count(): number {
    return (
      this.#wanted.size + [...this.#kept.values()].reduce((sum, kept) => sum + Object.keys(kept).length, 0)
    );
  }

  /** What a person has changed of that which GitLab keeps about a runner. */
  keptAt(at: number): Readonly<Record<string, unknown>> {
    return this.#kept.get(at) ?? {};
  }

  /** Notes a new value of what GitLab keeps; `before` are the words of the present one. */
  keep(at: number, field: string, value: unknown, before: string): void {
    const { [field]: _, ...others } = this.keptAt(at);
    const isBack = String(value) === before || (before === '' && value === 0);
    this.#kept.set(at, isBack ? others : { ...others, [field]: value });
  }

  /** A spot by its word: the place and the path, such as `0 docker.image` or `global concurrent`. */
  spotOf(word: string): Spot {
    const [place = '', path = ''] = word.split(' ');
    const at = place === 'global' ? 'global' : Number(place);
    return { at, key: findKey(at === 'global' ? 'global' : 'runner', path.split('.'), path) };
  }

  /** The value as it will be. */
  valueAt(spot: Spot): Value | undefined {
    const wanted = this.#wanted.get(wordOf(spot));
    return wanted === undefined ? this.#presentAt(spot) : wanted.value;
  }

  /** Notes a new value, `undefined` for none; one that was there before is no change. */
  put(spot: Spot, value: Value | undefined): void {
    const present = this.#presentAt(spot);
    const isBack =
      isSame(spot.at, spot.key.path, present, value) || (present === undefined && isEmpty(value));
    if (isBack) this.#wanted.delete(wordOf(spot));
    else this.#wanted.set(wordOf(spot), { spot, value });
  }

  /** The runner as it will be. */
  runnerAt(at: number): Table {
    const wanted = [...this.#wanted.values()].filter(({ spot }) => spot.at === at);
    return wanted.reduce(
      (runner: Table, { spot, value }) => withValue(runner, spot.key.path, value),
      placeIn(this.config, at),
    );
  }

  isChanged(spot: Spot): boolean {
    return this.#wanted.has(wordOf(spot));
  }

  /** All of it as an errand; throws a `Trouble` for what does not fit together. */
  async errand(accessToken = ''): Promise<EditRequest> {
    const places = [...this.#wanted.values()].map(({ spot, value }) => ({
      at: spot.at,
      wishes: [wishFor(spot, value)],
    }));
    const plan = await planPlaces(this.config, places, false);
    const kept = [...this.#kept].filter(([, body]) => Object.keys(body).length > 0);
    const atGitlab = kept.map(([at, body]) => ({ at, body }));
    return { plan, atGitlab, accessToken, isAgreed: true, again: async () => plan };
  }

  #presentAt({ at, key }: Spot): Value | undefined {
    return valueAt(placeIn(this.config, at), key.path);
  }
}

/** The word of a spot. */
const wordOf = ({ at, key }: Spot): string => `${at} ${key.path.join('.')}`;

// Switched on and off again is as if it had never been touched.
const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === false ||
  (Array.isArray(value) && value.length === 0) ||
  (typeof value === 'object' && value !== null && Object.keys(value).length === 0);

function wishFor({ key }: Spot, value: Value | undefined): Edit {
  const wish = { level: key.level, path: key.path, from: key.path.join('.') };
  return value === undefined ? { ...wish, do: 'unset' } : { ...wish, do: 'set', value };
}

/** The keys of the Docker executors by which jobs reach GitLab. */
export const reachPaths = ['docker.extra_hosts', 'docker.dns', 'docker.network_mode', 'docker.volumes'];

/** The settings of a runner that people change, with their present values. */
export function runnerEntries(draft: Drafting, at: number, width: number): Entry[] {
  const paths = commonPaths(textIn(draft.config.runners[at]!, 'executor'));
  return entriesFor(
    draft,
    paths.map((path) => draft.spotOf(`${at} ${path}`)),
    width,
  );
}

/** The global settings that people change. */
export const globalEntries = (draft: Drafting, width: number): Entry[] =>
  entriesFor(
    draft,
    commonGlobals.map((path) => draft.spotOf(`global ${path}`)),
    width,
  );

/** Every setting that has all the words in its path, its flag, its name or its description; and the way back. */
export function findEntries(
  draft: Drafting,
  at: 'global' | number,
  words: string | undefined,
  width: number,
): Entry[] {
  const terms = (words ?? '')
    .toLowerCase()
    .split(/\s+/)
    .filter((term) => term !== '');
  const found = everySpot(draft, at).filter(({ key }) => {
    const text = textOn(key);
    return terms.every((term) => text.includes(term));
  });
  // What is named so comes before what only speaks of it.
  const isNamed = ({ key }: Spot) => terms.every((term) => key.path.join('.').toLowerCase().includes(term));
  const sorted = [...found.filter(isNamed), ...found.filter((spot) => !isNamed(spot))];
  const back = found.length === 0 ? `Nothing found for "${(words ?? '').trim()}"; back` : 'Back';
  return [...entriesFor(draft, sorted, width), { value: 'back', name: back }];
}

function everySpot({ config }: Drafting, at: 'global' | number): Spot[] {
  const globals = [...allKeys('global')].map((key): Spot => ({ at: 'global', key }));
  if (at === 'global') return globals;
  const executor = textIn(config.runners[at]!, 'executor');
  const own = [...allKeys('runner')].filter((key) => appliesTo(key.path.join('.'), executor));
  return [...own.map((key): Spot => ({ at, key })), ...globals];
}

function textOn({ level, path }: FoundKey): string {
  const name = settingAt(level, path);
  const more = name === undefined ? [] : [name, table[name].flag, table[name].ask ?? ''];
  return [path.join('.'), wordsOnKey(level, path) ?? '', ...more].join(' ').toLowerCase();
}

/** Entries for some settings, with their present values. */
export function entriesFor(draft: Drafting, spots: readonly Spot[], width: number): Entry[] {
  const column = Math.min(Math.max(0, ...spots.map(({ key }) => nameOf(key).length)), 40);
  return spots.map((spot) => {
    const { key } = spot;
    const line = wordsOnKey(key.level, key.path);
    const room = Math.max(width - column - 8, 5);
    return {
      value: wordOf(spot),
      name: `${nameOf(key).padEnd(column)} ${draft.isChanged(spot) ? '*' : ' '} ${cut(valueIn(draft, spot), room)}`,
      ...(line !== undefined && { line }),
    };
  });
}

const nameOf = ({ path }: FoundKey): string => path.join('.');

const valueIn = (draft: Drafting, spot: Spot): string =>
  shownValue(spot.key.level, spot.key.path, draft.valueAt(spot)) ?? '-';

const cut = (text: string, room: number): string =>
  text.length > room ? `${text.slice(0, room - 1)}…` : text;
