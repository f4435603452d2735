import { type Table, type Value, valueAt, withValue } from '../config/model.ts';
import { exitCode, Trouble } from '../errors.ts';
import { withoutSecret } from '../settings/mask.ts';
import { volumeParts } from '../settings/syntax.ts';
import { settingNames, table } from '../settings/table.ts';
import type { Edit } from './edit-request.ts';

/** What one wish means for one runner (or for the top of the file): a change, or the reason why there is none. */
export type Decision = { readonly change: Edit } | { readonly nothing: string };

/**
 * Decides what a wish changes in a table of config.toml; `equal` says whether two values at its path mean the same.
 * Throws when a volume would be mounted onto a path that has one already, or when nothing can be added to the key.
 */
export function decide(present: Table, wish: Edit, equal: Equal): Decision {
  const key = wish.path.join('.');
  const value = valueAt(present, wish.path);
  if (wish.do === 'unset') return value === undefined ? { nothing: `${key} is not set.` } : { change: wish };
  if (wish.do === 'set') {
    return value !== undefined && equal(value, wish.value)
      ? { nothing: `${key} is so already.` }
      : { change: wish };
  }
  const list = listOf(value, wish);
  return wish.do === 'add' ? added(list, wish, equal) : removed(list, wish, equal);
}

/**
 * A list that is to be another one, as elements to take away and to add where that comes to the same: so the comments
 * of the elements that stay keep their place.
 */
export function stepsOf(present: Table, wish: Edit, equal: Equal): Edit[] {
  const old = valueAt(present, wish.path);
  if (wish.do !== 'set' || !Array.isArray(old) || !Array.isArray(wish.value)) return [wish];
  const wanted: readonly Value[] = wish.value;
  const isDouble = (one: Value, at: number) => mountedBefore(wanted.slice(0, at), one) !== undefined;
  if (isVolumeList(wish.path) && wanted.some(isDouble)) return [wish];
  const without = (list: readonly Value[], others: readonly Value[]) =>
    list.filter((one) => !others.some((other) => equal(one, other)));
  const [gone, fresh] = [without(old, wanted), without(wanted, old)];
  const result = [...without(old, gone), ...fresh];
  const isSame = result.length === wanted.length && result.every((one, at) => equal(one, wanted[at]!));
  if (!isSame || (gone.length === 0 && fresh.length === 0)) return [wish];
  const { level, path, from } = wish;
  return [
    ...(gone.length > 0 ? [{ level, path, from, do: 'remove', values: gone } as const] : []),
    ...(fresh.length > 0 ? [{ level, path, from, do: 'add', values: fresh } as const] : []),
  ];
}

/** The value that a wish leaves behind, or nothing. */
export function resultOf(wish: Edit, before: Value | undefined): Value | undefined {
  if (wish.do === 'set') return wish.value;
  if (wish.do === 'unset') return undefined;
  const list = Array.isArray(before) ? before : [];
  return wish.do === 'add' ? [...list, ...wish.values] : list.filter((one) => !wish.values.includes(one));
}

/** A runner with what is wished of it. */
export const withWishes = (runner: Table, wishes: readonly Edit[]): Table =>
  wishes.reduce((now, wish) => withValue(now, wish.path, resultOf(wish, valueAt(now, wish.path))), runner);

function listOf(value: Value | undefined, wish: Edit): readonly Value[] {
  if (value === undefined || value === '') return [];
  if (Array.isArray(value)) return value;
  if (typeof value === 'string') return [value];
  throw new Trouble(`${wish.from}: ${wish.path.join('.')} is not a list.`, { code: exitCode.usage });
}

type ListWish = Extract<Edit, { values: readonly Value[] }>;
type Equal = (a: Value, b: Value) => boolean;

function added(list: readonly Value[], wish: ListWish, equal: Equal): Decision {
  const fresh = wish.values.filter((value) => !list.some((one) => equal(one, value)));
  if (isVolumeList(wish.path)) refuseSecondMount([...list], fresh, wish);
  if (fresh.length > 0) return { change: { ...wish, values: fresh } };
  return { nothing: `${wish.path.join('.')} has ${shown(wish.values)} already.` };
}

function removed(list: readonly Value[], wish: ListWish, equal: Equal): Decision {
  const isVolumes = isVolumeList(wish.path);
  const gone = wish.values.flatMap((value) => {
    const same = list.filter((one) => equal(one, value));
    return same.length > 0 || !isVolumes ? same : list.filter((one) => mountsAt(one, value));
  });
  if (gone.length > 0) return { change: { ...wish, values: gone } };
  const near = isVolumes
    ? list.filter((one) => wish.values.some((value) => targetOf(one) === targetOf(value)))
    : [];
  const there = near.length > 0 ? ` There is ${shown(near)}.` : '';
  return { nothing: `${wish.path.join('.')} has no ${shown(wish.values)}.${there}` };
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
function refuseSecondMount(list: Value[], fresh: readonly Value[], wish: Edit): void {
  for (const value of fresh) {
    const before = mountedBefore(list, value);
    if (before !== undefined) {
      throw new Trouble(`${wish.from}: ${targetOf(value)} is mounted already, by ${shown([before])}.`, {
        hint: `Put it in its place: --remove 'docker.volumes=${String(before)}' --add 'docker.volumes=${String(value)}'`,
        code: exitCode.usage,
      });
    }
    list.push(value);
  }
}

const targetOf = (volume: Value): string =>
  volumeParts(String(volume))?.target.replace(/(.)\/+$/, '$1') ?? String(volume);

// A path alone names the mount at that place, whatever is mounted there.
const mountsAt = (volume: Value, path: Value): boolean =>
  volumeParts(String(path))?.source === undefined && targetOf(volume) === targetOf(path);

const shown = (values: readonly Value[]): string =>
  values
    .map((value) => (typeof value === 'object' ? JSON.stringify(value) : `"${withoutSecret(String(value))}"`))
    .join(', ');
