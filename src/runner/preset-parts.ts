import { isTable, type Table, type Value, valueAt } from '../config/model.ts';
import type { Header } from '../settings/presets.ts';
import { volumeParts } from '../settings/syntax.ts';
import type { SettingName } from '../settings/table.ts';
import { mountedBefore } from './edit.ts';

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
export interface Leaf {
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
export const plainOf = ({ executor, isOwn }: Preset, all: readonly Preset[]): Table =>
  (isOwn ? undefined : all.find(({ name }) => name === executor)?.block) ?? {};

/** What a preset has beyond the plain one of its executor; of lists the elements. */
export function leavesBeyondPlain(preset: Preset, all: readonly Preset[]): Leaf[] {
  const plain = plainOf(preset, all);
  return leavesOf(preset.block).flatMap(({ path, value }): Leaf[] => {
    const shared = valueAt(plain, path);
    if (!Array.isArray(value)) return value === shared ? [] : [{ path, value }];
    const own = value.filter((one) => !Array.isArray(shared) || !shared.includes(one));
    return own.length === 0 ? [] : [{ path, value: own }];
  });
}

/** The value at a path among leaves. */
export const valueAmong = (leaves: readonly Leaf[], path: readonly string[]): Value | undefined =>
  leaves.find((leaf) => leaf.path.join('\n') === path.join('\n'))?.value;

/** The elements of a list that mean the same as one of those wanted; volumes are one when they mount the same at the same path. */
export const itemsLike = (path: readonly string[], list: unknown, wanted: readonly Value[]): Value[] =>
  (Array.isArray(list) ? list : []).filter((one) => wanted.some((other) => isSameItem(path, one, other)));

/** The elements that a list lacks; where a path is mounted already, or a variable set, nothing is lacking. */
export function itemsLacking(path: readonly string[], list: readonly Value[], wanted: readonly Value[]) {
  const fresh = wanted.filter((one) => itemsLike(path, list, [one]).length === 0);
  if (isVolumes(path)) return fresh.filter((one) => mountedBefore(list, one) === undefined);
  const isSet = (one: unknown) => list.some((other) => variableOf(other) === variableOf(one));
  return path.join('.') === 'environment' ? fresh.filter((one) => !isSet(one)) : fresh;
}

const variableOf = (words: unknown): string => String(words).split('=', 1)[0]!;

function isSameItem(path: readonly string[], one: unknown, other: unknown): boolean {
  if (!isVolumes(path)) return inOrder(one) === inOrder(other);
  const [a, b] = [volumeParts(String(one)), volumeParts(String(other))];
  return a?.source === b?.source && a?.target === b?.target;
}

const inOrder = (value: unknown): string =>
  JSON.stringify(value, isTable(value) ? Object.keys(value).sort() : undefined);

const isVolumes = (path: readonly string[]): boolean => path.join('.') === 'docker.volumes';
