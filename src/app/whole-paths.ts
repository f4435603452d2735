import { isTable, makeTable, type Value } from '../config/model.ts';
import type { Edit } from '../runner/edit-request.ts';
import { table } from '../settings/table.ts';
import { type Level, settingAt } from '../settings/toml-keys.ts';
import type { World } from '../world.ts';
import type { ConfigFile } from './container-config.ts';
import { pathForRunner } from './host-paths.ts';

interface Place {
  readonly file: ConfigFile;
  readonly world: World;
}

/** An edit whose paths on the machine of gitlab-runner are absolute. */
export const withWholePaths = (edit: Edit, place: Place): Edit =>
  edit.do === 'set' ? { ...edit, value: wholePath(edit.level, edit.path, edit.value, place) } : edit;

/** The value of a key in which the paths on the machine of gitlab-runner are absolute, those in a table, too. */
export function wholePath(level: Level, path: readonly string[], value: Value, place: Place): Value {
  if (isTable(value)) {
    const pairs = Object.entries(value).map(([key, inner]): [string, Value] => [
      key,
      wholePath(level, [...path, key], inner, place),
    ]);
    return makeTable(pairs);
  }
  const name = settingAt(level, path);
  if (name === undefined || typeof value !== 'string') return value;
  return pathForRunner(table[name].kind, value, place.file, place.world);
}
