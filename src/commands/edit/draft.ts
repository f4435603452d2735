import { allKeys, type FoundKey, findKey } from '../../app/config-keys.ts';
import { type Table, type Value, valueAt, withValue } from '../../config/model.ts';
import type { Config } from '../../config/read.ts';
import { commonGlobals, commonPaths } from '../../runner/common-keys.ts';
import type { Edit } from '../../runner/edit-request.ts';
import { executorIn } from '../../runner/executor.ts';
import { appliesTo } from '../../settings/executors.ts';
import { table } from '../../settings/table.ts';
import { settingAt, wordsOnKey } from '../../settings/toml-keys.ts';
import type { Entry } from '../../terminal/ask.ts';
import type { EditContext } from './context.ts';
import { shownValue } from './output.ts';
import { isSame, placeIn, planPlaces } from './plan.ts';
import type { AskedKey } from './prompts.ts';
import type { EditRequest } from './request.ts';
import { wholePath } from './whole-paths.ts';

/** A key at one place: at the top of the file, or of the runner at a position from 0. */
export interface KeyRef {
  readonly at: 'global' | number;
  readonly key: FoundKey;
}

type DraftContext = Pick<EditContext, 'config' | 'file' | 'settings' | 'world'>;

/** What a person has changed so far, while nothing is written. */
export class Draft {
  readonly config: Config;
  readonly #context: DraftContext;
  readonly #wanted = new Map<string, { ref: KeyRef; value: Value | undefined }>();

  readonly #kept = new Map<number, Readonly<Record<string, unknown>>>();

  constructor(context: DraftContext) {
    this.#context = context;
    this.config = context.config;
  }

  /** A key as it is asked for: with how its values may be shown. */
  asked({ key }: KeyRef): AskedKey {
    const { showEnvironment } = this.#context.settings;
    return { ...key, shown: (value) => shownValue(key.level, key.path, value, showEnvironment) };
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

  /** The key by its word: the place and the path, such as `0 docker.image` or `global concurrent`. */
  refOf(word: string): KeyRef {
    const [place = '', path = ''] = word.split(' ');
    const at = place === 'global' ? 'global' : Number(place);
    return { at, key: findKey(at === 'global' ? 'global' : 'runner', path.split('.'), path) };
  }

  /** The value as it will be. */
  valueAt(ref: KeyRef): Value | undefined {
    const wanted = this.#wanted.get(wordOf(ref));
    return wanted === undefined ? this.#presentAt(ref) : wanted.value;
  }

  /** Notes a new value, `undefined` for none; one that was there before is no change. */
  put(ref: KeyRef, given: Value | undefined): void {
    const { level, path } = ref.key;
    const value = given === undefined ? given : wholePath(level, path, given, this.#context);
    const present = this.#presentAt(ref);
    const isBack = isSame(ref.at, ref.key.path, present, value) || (present === undefined && isEmpty(value));
    if (isBack) this.#wanted.delete(wordOf(ref));
    else this.#wanted.set(wordOf(ref), { ref, value });
  }

  /** The runner as it will be. */
  runnerAt(at: number): Table {
    const wanted = [...this.#wanted.values()].filter(({ ref }) => ref.at === at);
    return wanted.reduce(
      (runner: Table, { ref, value }) => withValue(runner, ref.key.path, value),
      placeIn(this.config, at),
    );
  }

  isChanged(ref: KeyRef): boolean {
    return this.#wanted.has(wordOf(ref));
  }

  /** All of it as a request; throws a `Trouble` for what does not fit together. */
  async request(accessToken = ''): Promise<EditRequest> {
    const places = [...this.#wanted.values()].map(({ ref, value }) => ({
      at: ref.at,
      edits: [editFor(ref, value)],
    }));
    const plan = await planPlaces(this.config, places, false);
    const kept = [...this.#kept].filter(([, body]) => Object.keys(body).length > 0);
    const atGitlab = kept.map(([at, body]) => ({ at, body }));
    const again: EditRequest['again'] = (config, positions) => {
      const moved = places.map(({ at, edits }) => ({ at: at === 'global' ? at : positions(at), edits }));
      return planPlaces(config, moved, false);
    };
    return { plan, atGitlab, accessToken, isAgreed: true, again };
  }

  #presentAt({ at, key }: KeyRef): Value | undefined {
    return valueAt(placeIn(this.config, at), key.path);
  }
}

/** The word of a key at its place. */
const wordOf = ({ at, key }: KeyRef): string => `${at} ${key.path.join('.')}`;

// Switched on and off again is as if it had never been touched.
const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === false ||
  (Array.isArray(value) && value.length === 0) ||
  (typeof value === 'object' && value !== null && Object.keys(value).length === 0);

function editFor({ key }: KeyRef, value: Value | undefined): Edit {
  const edit = { level: key.level, path: key.path, from: key.path.join('.') };
  return value === undefined ? { ...edit, do: 'unset' } : { ...edit, do: 'set', value };
}

/** The settings of a runner that people change, with their present values. */
export function runnerEntries(draft: Draft, at: number, width: number): Entry[] {
  const paths = commonPaths(executorIn(draft.config.runners[at]));
  return entriesFor(
    draft,
    paths.map((path) => draft.refOf(`${at} ${path}`)),
    width,
  );
}

/** The global settings that people change. */
export const globalEntries = (draft: Draft, width: number): Entry[] =>
  entriesFor(
    draft,
    commonGlobals.map((path) => draft.refOf(`global ${path}`)),
    width,
  );

/** Every setting that has all the words in its path, its flag, its name or its description; and the way back. */
export function findEntries(
  draft: Draft,
  at: 'global' | number,
  words: string | undefined,
  width: number,
): Entry[] {
  const terms = (words ?? '')
    .toLowerCase()
    .split(/\s+/)
    .filter((term) => term !== '');
  const found = allRefs(draft, at).filter(({ key }) => {
    const text = textOn(key);
    return terms.every((term) => text.includes(term));
  });
  // What is named so comes before what only speaks of it.
  const isNamed = ({ key }: KeyRef) => terms.every((term) => key.path.join('.').toLowerCase().includes(term));
  const sorted = [...found.filter(isNamed), ...found.filter((ref) => !isNamed(ref))];
  const back = found.length === 0 ? `Nothing found for "${(words ?? '').trim()}"; back` : 'Back';
  return [...entriesFor(draft, sorted, width), { value: 'back', name: back }];
}

function allRefs({ config }: Draft, at: 'global' | number): KeyRef[] {
  const globals = [...allKeys('global')].map((key): KeyRef => ({ at: 'global', key }));
  if (at === 'global') return globals;
  const executor = executorIn(config.runners[at]);
  const own = [...allKeys('runner')].filter((key) => appliesTo(key.path.join('.'), executor));
  return [...own.map((key): KeyRef => ({ at, key })), ...globals];
}

function textOn({ level, path }: FoundKey): string {
  const name = settingAt(level, path);
  const more = name === undefined ? [] : [name, table[name].flag, table[name].ask ?? ''];
  return [path.join('.'), wordsOnKey(level, path) ?? '', ...more].join(' ').toLowerCase();
}

/** Entries for some settings, with their present values. */
export function entriesFor(draft: Draft, refs: readonly KeyRef[], width: number): Entry[] {
  const column = Math.min(Math.max(0, ...refs.map(({ key }) => nameOf(key).length)), 40);
  return refs.map((ref) => {
    const { key } = ref;
    const line = wordsOnKey(key.level, key.path);
    const room = Math.max(width - column - 8, 5);
    return {
      value: wordOf(ref),
      name: `${nameOf(key).padEnd(column)} ${draft.isChanged(ref) ? '*' : ' '} ${cut(valueIn(draft, ref), room)}`,
      ...(line !== undefined && { line }),
    };
  });
}

const nameOf = ({ path }: FoundKey): string => path.join('.');

const valueIn = (draft: Draft, ref: KeyRef): string => draft.asked(ref).shown(draft.valueAt(ref)) ?? '-';

const cut = (text: string, room: number): string =>
  text.length > room ? `${text.slice(0, room - 1)}…` : text;
