import { dirname, isAbsolute, posix, relative, win32 } from 'node:path';
import { completePath } from '../host/places.ts';
import { type Gathered, learn, type Source } from '../settings/gather.ts';
import type { Kind } from '../settings/kinds.ts';
import { settingNames, table } from '../settings/table.ts';
import type { World } from '../world.ts';
import type { ConfigFile } from './container-config.ts';

// What a template, a preset or config.toml itself says is meant for gitlab-runner as it is.
const fromPerson: readonly (Source | undefined)[] = ['flag', 'environment', 'answer'];

/** Completes all paths that a person named among the settings, as `pathForRunner` does. */
export function completePaths(known: Gathered, file: ConfigFile, world: World): void {
  for (const name of settingNames) {
    const { kind, toml } = table[name];
    const [word, source] = [known.settings[name], known.sources.get(name)];
    if (toml === undefined || typeof word !== 'string' || !fromPerson.includes(source)) continue;
    const path = pathForRunner(kind, word, file, world);
    if (path !== word) learn(known, name, path, source!);
  }
}

/**
 * The word of a path setting as config.toml needs it: absolute, because gitlab-runner has a working directory of its own;
 * inside the folder of a container's config.toml by its path in the container. Words of other kinds stay as they are.
 */
export function pathForRunner(kind: Kind, word: string, file: ConfigFile, world: World): string {
  const isBare = kind.path === 'program' && !/[\\/]/.test(word);
  if (kind.path === undefined || word === '' || word.startsWith('$') || isBare) return word;
  if (win32.isAbsolute(word)) return word;
  const path = completePath(word, world);
  if (file.container === undefined) return path;
  const below = relative(dirname(file.path), path);
  const isInside = !below.startsWith('..') && !isAbsolute(below);
  return isInside ? posix.join(posix.dirname(file.container.inside), below) : path;
}
