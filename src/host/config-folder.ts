import {
  closeSync,
  existsSync,
  fchmodSync,
  fstatSync,
  openSync,
  readFileSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { Trouble } from '../errors.ts';
import { plainly } from '../files/plain.ts';
import { quote } from '../text/shell-quote.ts';
import type { World } from '../world.ts';
import { platformOf } from './platform/index.ts';
import { systemIdFor } from './system-id.ts';

/** The config files that gitlab-runner uses when nobody names one, other than this one, as far as they exist. */
export const otherConfigs = (path: string, world: Pick<World, 'home' | 'platform'>): string[] =>
  platformOf(world)
    .usualConfigFiles(world.home)
    .filter((other) => existsSync(other) && !isSame(other, path));

/** Whether two paths lead to the same file. */
export function isSame(one: string, other: string): boolean {
  try {
    return realpathSync(one) === realpathSync(other);
  } catch {
    return one === other;
  }
}

/**
 * The command by which root lets the user of a service read a config.toml that is another user's alone, with all of the
 * folder where that is gitlab-runner's; nothing where the user may read it, or nothing is there.
 */
export function lineToOwn(
  path: string,
  user: string,
  nameOf: (uid: number) => string | undefined,
): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  const isOpen = stats === undefined || (stats.mode & 0o044) !== 0;
  if (isOpen || user === 'root' || user === (nameOf(stats.uid) ?? String(stats.uid))) return undefined;
  const folder = dirname(path);
  return folder.endsWith('gitlab-runner')
    ? `chown -R ${user} ${quote(folder)}`
    : `chown ${user} ${quote(path)}`;
}

/** Leaves a file to its owner alone. Throws for a link that was put in its place meanwhile, and for a file with a second name. */
export function tighten(path: string): void {
  const file = openSync(realpathSync(path), plainly);
  try {
    const stats = fstatSync(file);
    if (!stats.isFile() || stats.nlink > 1)
      throw new Trouble(`${path} is not a regular file, or has more than one hard link`);
    fchmodSync(file, 0o600);
  } finally {
    closeSync(file);
  }
}

/**
 * Whether the system id beside a config file was made on another machine: it has the form that comes from a machine
 * id, and this machine's gives another one. A container is not asked for the file of its host, which has an id of its own.
 */
export function isForeignSystemId(path: string, platform: NodeJS.Platform, table = mountTable): boolean {
  const { id, isKept } = systemIdFor(path, platform);
  if (!isKept || !id.startsWith('s_') || outsidePath(path, table) !== undefined) return false;
  const own = systemIdFor(join(dirname(path), '.none', 'config.toml'), platform).id;
  return own.startsWith('s_') && own !== id;
}

/**
 * The path that a file has on the host when this is a container and the file lies in a folder mounted from there, by
 * the table of mounts; nothing elsewhere, or when that cannot be known.
 */
export function outsidePath(
  path: string,
  table = mountTable,
  marks: readonly string[] = containerMarks,
): string | undefined {
  const mounts = mountsIn(table);
  if (!isContainer(mounts, marks)) return undefined;
  const above = mounts.filter(({ at }) => at !== '/' && (path === at || path.startsWith(`${at}/`)));
  const nearest = above.sort((a, b) => b.at.length - a.at.length)[0];
  if (nearest === undefined || nearest.root === '/') return undefined;
  return nearest.root + path.slice(nearest.at.length);
}

/** Whether this is a container, by the table of mounts and by what Docker and Podman leave in one. */
export const isInContainer = (): boolean => isContainer(mountsIn(mountTable), containerMarks);

const isContainer = (mounts: readonly Mount[], marks: readonly string[]): boolean =>
  mounts.some(({ at, system }) => at === '/' && /overlay|aufs/.test(system)) ||
  marks.some((mark) => existsSync(mark));

interface Mount {
  readonly root: string;
  readonly at: string;
  readonly system: string;
}

// Docker and Podman make them; not every kind of storage has layers.
const containerMarks = ['/.dockerenv', '/run/.containerenv'];

const mountTable = '/proc/self/mountinfo';

// A line holds, between blanks: id, parent, device, root in its file system, mount point, …, `-`, type.
function mountsIn(table: string): Mount[] {
  try {
    const lines = readFileSync(table, 'utf8').split('\n');
    return lines.flatMap((line) => {
      const [, , , root, at] = line.split(' ');
      return root === undefined || at === undefined ? [] : [{ root, at, system: line.split(' - ')[1] ?? '' }];
    });
  } catch {
    return [];
  }
}
