import { type FoundKey, findKey } from '../../app/config-keys.ts';
import { shownValue } from '../../app/edit-output.ts';
import { isSame, placeIn, planPlaces } from '../../app/edit-plan.ts';
import { wholePath } from '../../app/whole-paths.ts';
import { type Table, type Value, valueAt, withValue } from '../../config/model.ts';
import type { Config } from '../../config/read.ts';
import { commonGlobals, commonPaths } from '../../runner/common-keys.ts';
import type { Edit } from '../../runner/edit-request.ts';
import { executorIn } from '../../runner/executor.ts';
import { wordsOnKey } from '../../settings/toml-keys.ts';
import type { Entry } from '../../terminal/ask.ts';
import type { EditContext } from './context.ts';
import type { AskedKey } from './prompts.ts';
import type { EditRequest } from './request.ts';

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

  /** What opens GitLab's own settings, once somebody has given it. */
  accessToken: string | undefined;

  constructor(context: DraftContext) {
    this.#context = context;
    this.config = context.config;
    this.accessToken = context.settings.accessToken;
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

  /** Forgets what was noted for a key as a whole. */
  restore(ref: KeyRef): void {
    this.#wanted.delete(wordOf(ref));
  }

  /** The executor of a runner as it will be. */
  executorAt(at: number): string {
    return executorIn(this.runnerAt(at));
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
  async request(): Promise<EditRequest> {
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
    return { plan, atGitlab, accessToken: this.accessToken ?? '', isAgreed: true, again };
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
  const paths = commonPaths(draft.executorAt(at));
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

/** Entries for some settings, with their present values. */
export const entriesFor = (draft: Draft, refs: readonly KeyRef[], width: number): Entry[] =>
  alignedEntries(
    refs.map((ref) => rowFor(draft, ref)),
    width,
  );

/** An entry in two columns: a name, and what it is now. */
export interface EntryRow extends Pick<Entry, 'value' | 'line' | 'toggles'> {
  readonly name: string;
  readonly isChanged: boolean;
  readonly shown: string;
}

/** The row of a setting with its present value. */
export function rowFor(draft: Draft, ref: KeyRef): EntryRow {
  const { key } = ref;
  const line = wordsOnKey(key.level, key.path);
  return {
    value: wordOf(ref),
    name: key.path.join('.'),
    isChanged: draft.isChanged(ref),
    shown: draft.asked(ref).shown(draft.valueAt(ref)) ?? '-',
    ...(line !== undefined && { line }),
    ...(key.type === 'bool' && { toggles: true }),
  };
}

/** Rows as entries whose second column begins at one place, cut to the width of the screen. */
export function alignedEntries(rows: readonly EntryRow[], width: number): Entry[] {
  const column = Math.min(Math.max(0, ...rows.map(({ name }) => name.length)), 40);
  const room = Math.max(width - column - 8, 5);
  return rows.map(({ name, isChanged, shown, ...entry }) => ({
    ...entry,
    name: `${name.padEnd(column)} ${isChanged ? '*' : ' '} ${cut(shown, room)}`,
  }));
}

const cut = (text: string, room: number): string =>
  text.length > room ? `${text.slice(0, room - 1)}…` : text;
