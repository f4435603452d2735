import { closeSync, constants, fsync, lstatSync, openSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Trouble } from '../errors.ts';
import { isTrusted } from './owner.ts';

/** A folder held open: its names go on meaning files of this very folder, whoever renames or swaps it meanwhile. */
export interface HeldFolder {
  /** Its path, for people. */
  readonly path: string;
  /** The path by which calls reach a file of the folder; for people it means nothing. */
  at(name: string): string;
  /** Makes renames in it last through a loss of power; does nothing where folders cannot be synced (Windows). */
  sync(): Promise<void>;
  close(): void;
}

/**
 * Opens a folder to work in it. A link in its place is followed when root or whoever runs this made it, or the owner of
 * the folder that it leads to; throws a `Trouble` for any other, and what the system says when there is no such folder.
 */
export function holdFolder(path: string): HeldFolder {
  const real = throughLink(path);
  const opened = openFolder(real);
  if (opened === undefined) return { path, at: (name) => join(real, name), sync: async () => {}, close() {} };
  const base = descriptorPath(opened) ?? real;
  return {
    path,
    at: (name) => join(base, name),
    sync: () => sync(opened),
    close: () => closeSync(opened),
  };
}

/**
 * Makes an open file last through a loss of power. A slow disk may take its time, in which signals are heard. Throws what
 * the system says.
 */
export const syncFile = (file: number): Promise<void> =>
  new Promise((resolve, reject) => {
    fsync(file, (error) => (error === null ? resolve() : reject(error)));
  });

/**
 * Where a path leads: to the file or folder itself. A link in its last part is followed by the same rule as that to a
 * folder which is held; throws a `Trouble` for another one, and what the system says when nothing is there.
 */
export function throughLink(path: string): string {
  const real = realpathSync(path);
  if (real === join(realpathSync(dirname(path)), basename(path))) return real;
  const [link, target] = [lstatSync(path), lstatSync(real)];
  // One that is no link any more was swapped this very moment.
  if (link.isSymbolicLink() && (isTrusted(link.uid) || link.uid === target.uid)) return real;
  throw foreignLink(path, link.uid, real);
}

/** The `Trouble` of a symbolic link that another user made, to a file or folder which is not that user's own. */
export const foreignLink = (path: string, uid: number, real: string): Trouble =>
  new Trouble(`${path} is a symbolic link of another user (uid ${uid}) to ${real}, which is not theirs`, {
    why: 'The owner of the link could make runner-setup show or overwrite files of other users.',
    hint: `To use this location anyway, use its real path: ${real}`,
  });

const { O_RDONLY, O_DIRECTORY = 0, O_NOFOLLOW = 0 } = constants;

// Windows and some file systems open no folder; there the path has to do.
function openFolder(path: string): number | undefined {
  try {
    return openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  } catch (error) {
    if (unsyncable.has((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

// Node has no openat; on Linux a path by way of the descriptor does the same.
function descriptorPath(fd: number): string | undefined {
  const path = `/proc/self/fd/${fd}`;
  try {
    readlinkSync(path);
    return path;
  } catch {
    return undefined;
  }
}

const unsyncable = new Set(['EPERM', 'EINVAL', 'EISDIR', 'ENOTSUP', 'ENOSYS']);

async function sync(folder: number): Promise<void> {
  try {
    await syncFile(folder);
  } catch (error) {
    if (!unsyncable.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
