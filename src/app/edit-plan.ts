import { sameSetting } from '../config/canonical.ts';
import { editConfig } from '../config/edit.ts';
import { type Change, type Table, textIn, textsIn, valueAt } from '../config/model.ts';
import { pruning } from '../config/prune.ts';
import { type Config, readConfig } from '../config/read.ts';
import { typeFaults } from '../config/types.ts';
import { exitCode, Trouble } from '../errors.ts';
import { decide, isVolumeList, resultOf, stepsOf } from '../runner/edit.ts';
import type { Edit } from '../runner/edit-request.ts';
import { executorIn } from '../runner/executor.ts';
import { warningsBefore } from '../runner/rules/before-write.ts';
import { needsTable, tablesWithoutUse } from '../settings/executors.ts';
import { checkTogether } from '../settings/rules.ts';
import { doubleMounts } from '../settings/syntax.ts';
import { type SettingName, type Settings, settingNames, table } from '../settings/table.ts';
import { grouped } from '../text/grouped.ts';

/** What changes at one place of config.toml. */
export interface Changed {
  readonly at: 'global' | number;
  readonly path: readonly string[];
  readonly old: unknown;
  readonly new: unknown;
}

/** The file before and after, and what is said about it. */
export interface EditPlan {
  readonly before: Config;
  readonly after: Config;
  readonly changes: readonly Changed[];
  /** Why edits change nothing, one sentence each. */
  readonly nothing: readonly string[];
  readonly warnings: readonly string[];
}

/** The edits at one place: at the top of the file, or for the runner at a position from 0. */
export interface PlaceEdits {
  readonly at: 'global' | number;
  readonly edits: readonly Edit[];
  /** Further edits of it as these leave it. */
  last?(place: Table): readonly Edit[];
}

/** Plans what edits that are sorted by place change in config.toml; throws a `Trouble` for what does not fit together. */
export async function planPlaces(
  before: Config,
  places: readonly PlaceEdits[],
  forced: boolean,
): Promise<EditPlan> {
  const editor = new ConfigEditor(before);
  const made = await editor.make(places);
  const after = editor.config;
  const changes = made.flatMap(({ at, touched }) =>
    [...touched.values()].flatMap((path): Changed[] => {
      const [old, now] = [before, after].map((config) => valueAt(placeIn(config, at), path));
      return isSame(at, path, old, now) ? [] : [{ at, path, old, new: now }];
    }),
  );
  const stays = faultsLeft(before, after, forced);
  const warnings: string[] = [];
  for (const [at, some] of grouped(changes, ({ at }) => at))
    warnings.push(...(await checkPlace(after, at, some)), ...tablesLeft(after, at, some));
  const nothing = made.flatMap((one) => one.nothing);
  return { before, after, changes, nothing, warnings: [...stays, ...new Set(warnings)] };
}

// Tables that the new executor does not read would only mislead.
function tablesLeft(after: Config, at: 'global' | number, changes: readonly Changed[]): string[] {
  if (at === 'global' || !changes.some(({ path }) => path.join('.') === 'executor')) return [];
  const runner = placeIn(after, at);
  const executor = executorIn(runner);
  return tablesWithoutUse(Object.keys(runner), executor).map(
    (table) =>
      `The executor ${executor} does not use [runners.${table}]. To remove it, add: --unset ${table}`,
  );
}

/** Whether two values of a key mean the same; one that is not there is not the same as any. */
export function isSame(at: 'global' | number, path: readonly string[], a: unknown, b: unknown): boolean {
  if (a === undefined || b === undefined) return a === b;
  return sameSetting(at === 'global' ? ['global', ...path] : path, a, b);
}

/** The table of a runner, or of the top of the file. */
export const placeIn = (config: Config, at: 'global' | number): Table =>
  at === 'global' ? config.globals : (config.runners[at] ?? {});

/** What became of the edits at one place: the keys that were touched, and why edits change nothing. */
interface Made extends PlaceEdits {
  readonly touched: Map<string, readonly string[]>;
  readonly nothing: string[];
}

class ConfigEditor {
  config: Config;
  #waiting: Change[] = [];
  readonly #keys = new Set<string>();

  constructor(config: Config) {
    this.config = config;
  }

  /** Makes the edits, those of one runner in their order; a text of thousands of runners is written as seldom as possible. */
  async make(places: readonly PlaceEdits[]): Promise<Made[]> {
    const made = places.map((place): Made => ({ ...place, touched: new Map(), nothing: [] }));
    let open = [...grouped(made, ({ at }) => at).values()].map((some) => this.#makeAt(some));
    while (open.length > 0) {
      open = open.filter((one) => one.next().done !== true);
      await this.#write();
    }
    this.#waiting = made.flatMap((one) => this.#prunings(one));
    await this.#write();
    return made;
  }

  #prunings({ at, edits, touched }: Made): Change[] {
    const place = placeIn(this.config, at);
    const isEmpty = (value: unknown) => value === undefined || (Array.isArray(value) && value.length === 0);
    const isTaken = (path: readonly string[]) =>
      isEmpty(valueAt(place, path)) &&
      !edits.some((edit) => edit.do === 'set' && isSamePath(edit.path, path));
    const changes = [...touched.values()].filter(isTaken).flatMap((path) => this.#pruning(at, path) ?? []);
    return changes.filter(({ path }) => !changes.some((other) => isAbove(other.path, path)));
  }

  #pruning(at: 'global' | number, path: readonly string[]): ReturnType<typeof pruning> {
    const executor = textIn(placeIn(this.config, at), 'executor');
    return pruning(this.config, at, path, at !== 'global' && needsTable(executor, path[0]!) ? 1 : 0);
  }

  /** What an edit that takes a key away takes at once with it, if it is the only one there. */
  #wholeRemoval({ at, edits }: Made, edit: Edit): ReturnType<typeof pruning> {
    const left =
      edit.do === 'remove' ? resultOf(edit, valueAt(placeIn(this.config, at), edit.path)) : undefined;
    const isGone = edit.do === 'unset' || (Array.isArray(left) && left.length === 0);
    const isOnly = edits.filter(({ path }) => path[0] === edit.path[0]).length === 1;
    return isGone && isOnly ? this.#pruning(at, edit.path) : undefined;
  }

  /** Goes on as far as it can without seeing in the text what waits to be written. */
  *#makeAt(places: readonly Made[]): Generator<void> {
    for (const made of places) {
      yield* this.#decide(made, made.edits);
      if (made.last === undefined) continue;
      yield;
      yield* this.#decide(made, made.last(placeIn(this.config, made.at)));
    }
  }

  *#decide(made: Made, edits: readonly Edit[]): Generator<void> {
    const { at, nothing } = made;
    for (const edit of edits) {
      const equal = (a: unknown, b: unknown) => isSame(at, edit.path, a, b);
      for (const step of stepsOf(placeIn(this.config, at), edit, equal)) {
        // A key that waits to be changed has to be seen as it will be.
        if (this.#keys.has(keyOf(at, step))) yield;
        const decision = decide(placeIn(this.config, at), step, equal);
        if ('nothing' in decision) nothing.push(onPlace(at, decision.nothing));
        else this.#take(made, decision.change, step === edit);
      }
    }
  }

  #take(made: Made, edit: Edit, isWhole: boolean): void {
    const { at, touched } = made;
    this.#waiting.push((isWhole && this.#wholeRemoval(made, edit)) || changeFor(edit, at));
    this.#keys.add(keyOf(at, edit));
    const key = edit.path.join('\n');
    if (!touched.has(key)) touched.set(key, edit.path);
  }

  async #write(): Promise<void> {
    const changes = this.#waiting;
    if (changes.length === 0) return;
    this.#waiting = [];
    this.#keys.clear();
    const text = editConfig(this.config, changes);
    if (text !== this.config.text) this.config = await readConfig(text, this.config.file);
  }
}

const changeFor = ({ level: _, from: __, ...change }: Edit, at: 'global' | number): Change => ({
  ...change,
  at,
});

const isSamePath = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((key, at) => other[at] === key);

const isAbove = (above: readonly string[], path: readonly string[]): boolean =>
  above.length < path.length && above.every((key, at) => path[at] === key);

const keyOf = (at: 'global' | number, { path }: Edit): string => [at, ...path.slice(0, 2)].join('\n');

const onPlace = (at: 'global' | number, words: string): string =>
  at === 'global' ? words : `#${at + 1}: ${words}`;

/**
 * Refuses what gitlab-runner would not load: what is wrong with the change, and a change of a faulty file that leaves as
 * many faults as there were. Says what stays wrong.
 */
function faultsLeft(before: Config, after: Config, forced: boolean): string[] {
  const old = typeFaults(before);
  const left = after.text === before.text ? old : typeFaults(after);
  const known = new Set(old.map(({ wrong }) => wrong));
  const fresh = left.find(({ wrong }) => !known.has(wrong));
  if (fresh !== undefined && !forced) {
    throw new Trouble(fresh.wrong, {
      why: 'gitlab-runner would not load the file with it.',
      code: exitCode.usage,
    });
  }
  const [first] = left;
  if (first === undefined || (fresh !== undefined && old.length === 0)) return [];
  if (left.length < old.length) return [`${first.message}. gitlab-runner would not load the file yet.`];
  const { message, why, next } = first;
  throw new Trouble(message, { why: why!, hint: `gitlab-runner would not load this file. ${next}` });
}

/** Throws the first fault that keeps gitlab-runner from loading a file, with what to do about it. */
export const refuseFaulty = (config: Config): void => void faultsLeft(config, config, false);

// Rules that look at several settings see the runner as it will be, but only what is touched can be wrong.
async function checkPlace(
  after: Config,
  at: 'global' | number,
  changes: readonly Changed[],
): Promise<string[]> {
  if (at === 'global') return [];
  const runner = placeIn(after, at);
  const namesOf = (some: readonly Changed[]) => new Set(some.map(({ path }) => path.join('.')));
  const set = changes.filter((one) => one.new !== undefined);
  refuseTogether(runner, namesOf(set.filter((one) => !hasFewerMounts(one))));
  const within = (names: ReadonlySet<string>) => (key: string) =>
    [...names].some((one) => one === key || one.startsWith(`${key}.`));
  const removes = within(namesOf(changes.filter((one) => one.new === undefined)));
  return warningsBefore(runner, after.globals, within(namesOf(set)), { at, writes: true, removes });
}

// Of several double mounts each may go by itself.
const hasFewerMounts = ({ path, old, new: now }: Changed): boolean =>
  isVolumeList(path) && doubleMounts(textsIn(now)).length < doubleMounts(textsIn(old)).length;

// The settings whose keys are touched, and those that belong to them, as far as flags could contradict each other.
function refuseTogether(runner: Table, touched: ReadonlySet<string>): void {
  const isTouched = (name: SettingName) => touched.has(table[name].toml ?? '');
  const pairs: readonly SettingName[] = ['tlsCertFile', 'tlsKeyFile'];
  const names = settingNames.filter(
    (name) => isTouched(name) || (pairs.includes(name) && pairs.some(isTouched)),
  );
  const entries = names.map((name) => [name, valueAt(runner, (table[name].toml ?? '').split('.'))]);
  const settings = Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Settings;
  checkTogether({ settings, sources: new Map() }, undefined);
}
