import { type Table, type Value, valueAt, withValue } from '../config/model.ts';
import { exitCode, Trouble } from '../errors.ts';
import { withoutSecret, withoutValue } from '../settings/mask.ts';
import { mountTarget, volumeParts } from '../settings/syntax.ts';
import { settingNames, table } from '../settings/table.ts';
import { isSecretFlag } from '../text/secret-words.ts';
import type { Edit } from './edit-request.ts';

/** What an edit means for one runner (or for the top of the file): a change, or the reason why there is none. */
type Decision = { readonly change: Edit } | { readonly nothing: string };

/**
 * Decides what an edit changes in a table of config.toml; `equal` says whether two values at its path mean the same.
 * Throws when a volume would be mounted onto a path that has one already, or when nothing can be added to the key.
 */
export function decide(present: Table, edit: Edit, equal: Equal): Decision {
  const key = edit.path.join('.');
  const value = valueAt(present, edit.path);
  if (edit.do === 'unset') return value === undefined ? { nothing: `${key} is not set.` } : { change: edit };
  if (edit.do === 'set') {
    return value !== undefined && equal(value, edit.value)
      ? { nothing: `${key} already has this value.` }
      : { change: edit };
  }
  const list = listOf(value, edit);
  return edit.do === 'add' ? added(list, edit, equal) : removed(list, edit, equal);
}

/**
 * A list that is to be another one, as elements to take away and to add where that comes to the same: so the comments
 * of the elements that stay keep their place.
 */
export function stepsOf(present: Table, edit: Edit, equal: Equal): Edit[] {
  const old = valueAt(present, edit.path);
  if (edit.do !== 'set' || !Array.isArray(old) || !Array.isArray(edit.value)) return [edit];
  const wanted: readonly Value[] = edit.value;
  const isDouble = (one: Value, at: number) => mountedBefore(wanted.slice(0, at), one) !== undefined;
  if (isVolumeList(edit.path) && wanted.some(isDouble)) return [edit];
  const without = (list: readonly Value[], others: readonly Value[]) =>
    list.filter((one) => !others.some((other) => equal(one, other)));
  const [gone, fresh] = [without(old, wanted), without(wanted, old)];
  const result = [...without(old, gone), ...fresh];
  const isSame = result.length === wanted.length && result.every((one, at) => equal(one, wanted[at]!));
  if (!isSame || (gone.length === 0 && fresh.length === 0)) return [edit];
  const { level, path, from } = edit;
  return [
    ...(gone.length > 0 ? [{ level, path, from, do: 'remove', values: gone } as const] : []),
    ...(fresh.length > 0 ? [{ level, path, from, do: 'add', values: fresh } as const] : []),
  ];
}

/** The value that an edit leaves behind, or nothing. */
export function resultOf(edit: Edit, before: Value | undefined): Value | undefined {
  if (edit.do === 'set') return edit.value;
  if (edit.do === 'unset') return undefined;
  const list = Array.isArray(before) ? before : [];
  return edit.do === 'add' ? [...list, ...edit.values] : list.filter((one) => !edit.values.includes(one));
}

/** A runner after some edits. */
export const withEdits = (runner: Table, edits: readonly Edit[]): Table =>
  edits.reduce((now, edit) => withValue(now, edit.path, resultOf(edit, valueAt(now, edit.path))), runner);

function listOf(value: Value | undefined, edit: Edit): readonly Value[] {
  if (value === undefined || value === '') return [];
  if (Array.isArray(value)) return value;
  if (typeof value === 'string') return [value];
  throw new Trouble(`${edit.from}: ${edit.path.join('.')} is not a list.`, { code: exitCode.usage });
}

type ListEdit = Extract<Edit, { values: readonly Value[] }>;
type Equal = (a: Value, b: Value) => boolean;

function added(list: readonly Value[], edit: ListEdit, equal: Equal): Decision {
  const fresh = edit.values.filter((value) => !list.some((one) => equal(one, value)));
  if (isVolumeList(edit.path)) refuseSecondMount([...list], fresh, edit);
  if (fresh.length > 0) return { change: { ...edit, values: fresh } };
  return { nothing: `${edit.path.join('.')} already has ${shown(edit.values, edit.path)}.` };
}

function removed(list: readonly Value[], edit: ListEdit, equal: Equal): Decision {
  const isVolumes = isVolumeList(edit.path);
  const gone = edit.values.flatMap((value) => {
    const same = list.filter((one) => equal(one, value));
    return same.length > 0 || !isVolumes ? same : list.filter((one) => mountsAt(one, value));
  });
  if (gone.length > 0) return { change: { ...edit, values: gone } };
  const near = isVolumes
    ? list.filter((one) => edit.values.some((value) => targetOf(one) === targetOf(value)))
    : [];
  const there = near.length > 0 ? ` It has ${shown(near, edit.path)}.` : '';
  return { nothing: `${edit.path.join('.')} does not have ${shown(edit.values, edit.path)}.${there}` };
}

/** Whether the key at a path lists volumes, of which each path in the container takes one. */
export const isVolumeList = (path: readonly string[]): boolean => volumeLists.has(path.join('.'));

const volumeLists: ReadonlySet<string | undefined> = new Set(
  settingNames.flatMap((name) => (table[name].kind.syntax === 'volume' ? [table[name].toml] : [])),
);

/** The volume of a list that is mounted where another one would be, compared by the path in the container. */
export const mountedBefore = (list: readonly Value[], volume: Value): Value | undefined =>
  list.find((one) => targetOf(one) === targetOf(volume));

// Two mounts onto one path are refused by Docker when the job starts; here the file is still right.
function refuseSecondMount(list: Value[], fresh: readonly Value[], edit: Edit): void {
  for (const value of fresh) {
    const before = mountedBefore(list, value);
    if (before !== undefined) {
      throw new Trouble(
        `${edit.from}: ${targetOf(value)} is already mounted by ${shown([before], edit.path)}.`,
        {
          hint: `To replace it: --remove 'docker.volumes=${textOf(before)}' --add 'docker.volumes=${textOf(value)}'`,
          code: exitCode.usage,
        },
      );
    }
    list.push(value);
  }
}

const targetOf = (volume: Value): string => mountTarget(textOf(volume));

// A file that is to be put right may hold other things than texts.
const textOf = (value: Value): string => (typeof value === 'object' ? JSON.stringify(value) : String(value));

// A path alone names the mount at that place, whatever is mounted there.
const mountsAt = (volume: Value, path: Value): boolean =>
  volumeParts(textOf(path))?.source === undefined && targetOf(volume) === targetOf(path);

function shown(values: readonly Value[], path: readonly string[]): string {
  const cover = path.at(-1) === 'environment' ? withoutValue : withoutSecret;
  const words = (value: Value, at: number) =>
    isSecretFlag(textOf(values[at - 1] ?? '')) ? '…' : cover(textOf(value));
  return values
    .map((value, at) => (typeof value === 'object' ? textOf(value) : `"${words(value, at)}"`))
    .join(', ');
}
