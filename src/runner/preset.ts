import {
  exactKey,
  isTable,
  type KeyChange,
  makeTable,
  type Table,
  type Value,
  valueAt,
  withValue,
} from '../config/model.ts';
import { suits } from '../settings/executors.ts';
import { type Gathered, learn, put } from '../settings/gather.ts';
import type { Value as SettingValue } from '../settings/kinds.ts';
import type { Header } from '../settings/presets.ts';
import { volumeParts } from '../settings/syntax.ts';
import { type SettingName, type Settings, table } from '../settings/table.ts';
import { settingAt } from '../settings/toml-keys.ts';
import { isVolumeList, mountedBefore, resultOf } from './edit.ts';
import type { Edit } from './edit-request.ts';

/** What a preset is applied to, and beside which others: those of the program. */
interface PresetTarget {
  readonly runner: Table;
  readonly all: readonly Preset[];
  equal(path: readonly string[], a: Value, b: Value): boolean;
}

/**
 * What makes a runner into what the preset says: the settings that only other presets have are taken away, those of
 * this one put in. What all presets share (an image, say) is only put where there is nothing; lists are added to.
 */
export function presetEdits(preset: Preset, target: PresetTarget): Edit[] {
  const whole = { preset, own: leavesBeyondPlain(preset, target.all), ...target };
  const gone = preset.isOwn ? [] : leftovers(whole);
  const put = leavesOf(preset.block).flatMap((leaf) => editsOf(leaf, whole));
  return [...gone, ...put].map(
    (edit): Edit => ({ ...edit, level: 'runner', from: `--preset ${preset.name}` }),
  );
}

/** The preset's settings for a runner that is in the file already: the template that brings it up to date, and the keys that go. */
export function templateFor(
  preset: Preset,
  target: PresetTarget,
): { template: Table; gone: (readonly string[])[] } {
  let template = makeTable();
  const edits = presetEdits(preset, target);
  for (const edit of edits) {
    const before = valueAt(template, edit.path) ?? valueAt(target.runner, edit.path);
    if (edit.do !== 'unset') template = withValue(template, edit.path, resultOf(edit, before), exactKey);
  }
  for (const { path, value } of leavesOf(preset.block)) {
    const kept = Array.isArray(value) ? valueAt(target.runner, path) : undefined;
    if (valueAt(template, path) === undefined) template = withValue(template, path, kept ?? value, exactKey);
  }
  const gone = edits.filter((edit) => edit.do === 'unset').map(({ path }) => path);
  return { template: { ...template, ...(preset.executor && { executor: preset.executor }) }, gone };
}

/** Puts the lists that a person gave beside those of the preset, which would not work without its own; an empty list stays empty. */
export function joinLists({ block }: Preset, known: Gathered): void {
  for (const { path, value } of leavesOf(block)) {
    const name = settingAt('runner', path);
    const given = name === undefined ? undefined : (known.settings[name] as SettingValue | undefined);
    if (name === undefined || !Array.isArray(value) || !Array.isArray(given) || given.length === 0) continue;
    if (isOrdered(path)) continue;
    const joined = [...itemsLacking(path, given, value), ...given];
    learn(known, name, joined as SettingValue, known.sources.get(name)!);
  }
}

/** A runner's own keys with its lists beside those of a preset, which would not work without them; an empty list stays empty. */
export const withPresetLists = ({ block }: Preset, own: Table): Table =>
  leavesOf(block).reduce((table, { path, value }) => {
    const given = valueAt(table, path);
    const isJoined = Array.isArray(value) && Array.isArray(given) && given.length > 0 && !isOrdered(path);
    return isJoined ? withValue(table, path, [...itemsLacking(path, given, value), ...given]) : table;
  }, own);

/** All that a preset says, as settings. */
export function settingsOf({ block }: Preset): Settings {
  const settings: Settings = {};
  for (const { path, value } of leavesOf(block)) {
    const name = settingAt('runner', path);
    if (name !== undefined) put(settings, name, value as SettingValue);
  }
  return settings;
}

/** What a preset has beyond the plain one of its executor, as settings; its lists are added to those that are known. */
export function settingsBeyondPlain(preset: Preset, all: readonly Preset[], known: Settings): Settings {
  const settings: Settings = {};
  for (const { path, value } of leavesBeyondPlain(preset, all)) {
    const name = settingAt('runner', path);
    if (name === undefined) continue;
    const before = known[name] as SettingValue | undefined;
    const list = Array.isArray(before)
      ? before.filter((one) => itemsLike(path, [one], value as []).length === 0)
      : [];
    put(settings, name, (Array.isArray(value) ? [...list, ...value] : value) as SettingValue);
  }
  return settings;
}

/** Whether a preset fits a runner with an executor: those of docker fit all that use Linux containers of Docker. */
export const fitsExecutor = (preset: Preset, executor: string): boolean => suits(preset.executor, executor);

interface Whole extends PresetTarget {
  readonly preset: Preset;
  /** What the preset has beyond the plain one. */
  readonly own: readonly Leaf[];
}

// What the other presets of the executor would have put in, and this one would not.
function leftovers(whole: Whole): KeyChange[] {
  const { preset, runner, all } = whole;
  const others = all.filter((one) => one.executor === preset.executor && one.name !== preset.name);
  const leaves = others.flatMap((one) => [...traces(one, runner, all), ...answersTo(one, runner)]);
  const paths = new Map(leaves.map(({ path }) => [path.join('\n'), path]));
  return [...paths.values()].flatMap((path) => {
    const values = leaves
      .filter((leaf) => leaf.path.join('\n') === path.join('\n'))
      .map(({ value }) => value);
    return leftoverAt(path, values, whole);
  });
}

// A runner with a list of the person's own, where a preset has its own one, was not made by that preset.
function traces(preset: Preset, runner: Table, all: readonly Preset[]): Leaf[] {
  const own = leavesBeyondPlain(preset, all);
  const isOther = own.some(({ path, value }) => {
    const present = valueAt(runner, path);
    if (!Array.isArray(value) || !Array.isArray(present) || present.length === 0) return false;
    return valueAt(plainOf(preset, all), path) === undefined && itemsLike(path, present, value).length === 0;
  });
  return isOther ? own.filter(({ value }) => Array.isArray(value)) : own;
}

function leftoverAt(path: readonly string[], values: readonly Value[], whole: Whole): KeyChange[] {
  const { preset, own, runner, all, equal } = whole;
  const present = valueAt(runner, path);
  const isNeeded = preset.needs.some((need) => need.path === path.join('.'));
  if (present === undefined || isNeeded) return [];
  const wanted = valueAt(preset.block, path);
  if (!Array.isArray(present)) {
    const isLeft = valueAmong(own, path) === undefined && values.some((value) => equal(path, present, value));
    return isLeft ? backTo(path, valueAt(plainOf(preset, all), path), present) : [];
  }
  const strange = itemsLike(path, present, values.flat()).filter(
    (one) => itemsLike(path, wanted, [one]).length === 0,
  );
  if (strange.length === 0) return [];
  // A list of which nothing is left goes, unless something is put into it.
  const goes = strange.length === present.length && wanted === undefined;
  return [goes ? { do: 'unset', path } : { do: 'remove', path, values: strange }];
}

function backTo(path: readonly string[], value: Value | undefined, present: Value): KeyChange[] {
  if (value === present) return [];
  return [value === undefined ? { do: 'unset', path } : { do: 'set', path, value }];
}

// A key that the person had to fill in belongs to the preset when its value looks like the example: a path to the same file.
function answersTo({ needs }: Preset, runner: Table): Leaf[] {
  return needs.flatMap(({ path, example }): Leaf[] => {
    const value = valueAt(runner, path.split('.'));
    const isAlike = typeof value === 'string' && value.includes('/') && fileOf(value) === fileOf(example);
    return isAlike ? [{ path: path.split('.'), value }] : [];
  });
}

const fileOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

function editsOf({ path, value }: Leaf, { own, runner, equal }: Whole): KeyChange[] {
  const [present, mine] = [valueAt(runner, path), valueAmong(own, path)];
  if (Array.isArray(value) && Array.isArray(present) && !isOrdered(path)) {
    const values = itemsLacking(path, present, (mine ?? []) as Value[]);
    return values.length === 0 ? [] : [{ do: 'add', path, values }];
  }
  if (present === undefined) return isEmpty(value) ? [] : [{ do: 'set', path, value }];
  return mine === undefined || equal(path, present, value) ? [] : [{ do: 'set', path, value }];
}

// A list of fixed words, such as pull policies, is an order of preference: it is taken whole.
function isOrdered(path: readonly string[]): boolean {
  const name = settingAt('runner', path);
  return name !== undefined && table[name].kind.choices !== undefined;
}

// gitlab-runner takes a key that is not there as this.
const isEmpty = (value: unknown): boolean => value === false || value === 0 || value === '';

/** Ready settings for a runner: one of the program's own, or a file of the person's. */
export interface Preset extends Header {
  /** As `--preset` takes it. */
  readonly name: string;
  readonly executor: string;
  readonly block: Table;
  /** The settings that a person has to give, with what each looks like. */
  readonly needed: ReadonlyMap<SettingName, string>;
  /** The file as it may be shown. */
  readonly text: string;
  /** The sample .gitlab-ci.yml; a person's own file has none. */
  readonly ci: string | undefined;
  readonly isOwn: boolean;
}

/** One value of a preset; a list counts as one. */
interface Leaf {
  readonly path: readonly string[];
  readonly value: Value;
}

/** The values of a table, all but the executor. */
export function leavesOf(table: Table, above: readonly string[] = []): Leaf[] {
  return Object.entries(table).flatMap(([key, value]): Leaf[] => {
    if (above.length === 0 && key === 'executor') return [];
    return isTable(value) ? leavesOf(value, [...above, key]) : [{ path: [...above, key], value }];
  });
}

/** The settings of the plain preset of an executor, which the others are compared with; a person's own file is its own. */
const plainOf = ({ executor, isOwn }: Preset, all: readonly Preset[]): Table =>
  (isOwn ? undefined : all.find(({ name }) => name === executor)?.block) ?? {};

/** What a preset has beyond the plain one of its executor; of lists the elements. */
function leavesBeyondPlain(preset: Preset, all: readonly Preset[]): Leaf[] {
  const plain = plainOf(preset, all);
  return leavesOf(preset.block).flatMap(({ path, value }): Leaf[] => {
    const shared = valueAt(plain, path);
    if (!Array.isArray(value)) return value === shared ? [] : [{ path, value }];
    const own = value.filter((one) => !Array.isArray(shared) || !shared.includes(one));
    return own.length === 0 ? [] : [{ path, value: own }];
  });
}

/** The value at a path among leaves. */
const valueAmong = (leaves: readonly Leaf[], path: readonly string[]): Value | undefined =>
  leaves.find((leaf) => leaf.path.join('\n') === path.join('\n'))?.value;

/** The elements of a list that mean the same as one of those wanted; volumes are one when they mount the same at the same path. */
const itemsLike = (path: readonly string[], list: unknown, wanted: readonly Value[]): Value[] =>
  (Array.isArray(list) ? list : []).filter((one) => wanted.some((other) => isSameItem(path, one, other)));

/** The elements that a list lacks; where a path is mounted already, or a variable set, nothing is lacking. */
function itemsLacking(path: readonly string[], list: readonly Value[], wanted: readonly Value[]) {
  const fresh = wanted.filter((one) => itemsLike(path, list, [one]).length === 0);
  if (isVolumeList(path)) return fresh.filter((one) => mountedBefore(list, one) === undefined);
  const isSet = (one: unknown) => list.some((other) => variableOf(other) === variableOf(one));
  return path.join('.') === 'environment' ? fresh.filter((one) => !isSet(one)) : fresh;
}

const variableOf = (words: unknown): string => String(words).split('=', 1)[0]!;

function isSameItem(path: readonly string[], one: unknown, other: unknown): boolean {
  if (!isVolumeList(path)) return inOrder(one) === inOrder(other);
  const [a, b] = [volumeParts(String(one)), volumeParts(String(other))];
  return a?.source === b?.source && a?.target === b?.target;
}

const inOrder = (value: unknown): string =>
  JSON.stringify(value, isTable(value) ? Object.keys(value).sort() : undefined);
