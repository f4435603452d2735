import { normalise } from './canonical.ts';
import { keyOf } from './keys.ts';
import { sameValue, type Value } from './model.ts';
import { keysAt } from './order.ts';

/**
 * Whether two values of the key at a path below `[[runners]]` (or, with `global` first, at the top) mean the same to
 * gitlab-runner: `90s` and `1m30s`, one pull policy and a list of one.
 */
export function sameSetting(path: readonly string[], present: unknown, wanted: unknown): boolean {
  const [at, rest] = path[0] === 'global' ? (['global', path.slice(1)] as const) : ([0, path] as const);
  return sameValue(typedValue(at, rest, present), typedValue(at, rest, wanted));
}

/** A value in the type and notation of the key at a path: a date from text, a duration as Go writes it. */
export function typedValue(at: 'global' | number, path: readonly string[], value: unknown): Value {
  const above = at === 'global' ? path.slice(0, -1) : ['runners', String(at), ...path.slice(0, -1)];
  const keys = keysAt(above);
  const key = keys === undefined || keys === 'map' ? undefined : keyOf(keys, path.at(-1) ?? '');
  return key?.kind === 'value' ? normalise(value as Value, key) : (value as Value);
}
