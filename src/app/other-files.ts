import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readRegular } from '../files/plain.ts';
import { defaultConfigFile } from '../host/places.ts';
import { platformOf } from '../host/platform/index.ts';
import type { World } from '../world.ts';

/**
 * Whether another config.toml of this machine has a token: one in the same folder, the default one, or that of a
 * gitlab-runner that runs. GitLab knows a machine by its system ID, whichever file it uses, so taking the machine out of a
 * runner for one file would take it out for all. Files that cannot be read do not count.
 */
export function isInOtherFile(token: string, path: string, world: World): boolean {
  const running = platformOf(world).runningRunners(world) ?? [];
  const files = [
    ...besides(path),
    defaultConfigFile(world),
    ...running.flatMap(({ config }) => config ?? []),
  ];
  return files.some((file) => file !== path && textOf(file).includes(token));
}

function besides(path: string): string[] {
  const folder = dirname(path);
  try {
    return readdirSync(folder).flatMap((name) => (name.endsWith('.toml') ? [join(folder, name)] : []));
  } catch {
    return [];
  }
}

function textOf(file: string): string {
  try {
    return readRegular(file);
  } catch {
    return '';
  }
}
