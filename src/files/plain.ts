import { closeSync, constants, fstatSync, openSync, type Stats } from 'node:fs';
import { Trouble } from '../errors.ts';
import { readToEnd } from './bounded.ts';

/** The content of a regular file, and what the system says of the very file that was read. */
export interface PlainFile {
  readonly bytes: Buffer;
  readonly stats: Stats;
}

const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

/** The flags that open a file for reading without following a link in its place, and without waiting at a pipe. */
export const plainly = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;

/**
 * Reads a regular file whole. A link in its place is not followed; throws what the system says (ELOOP for a link), and a
 * `Trouble` for a pipe, a device or the like, and for more than 16 MiB.
 */
export function readPlainFile(path: string): PlainFile {
  return opened(path, plainly, (file) => regular(file, path));
}

/**
 * The text of a regular file, also where a link leads to it. Throws what the system says, and a `Trouble` for a pipe, a
 * device or the like, and for more than 16 MiB.
 */
export const readRegular = (path: string): string => readRegularBytes(path).toString();

/** The same as the bytes that it holds. */
export const readRegularBytes = (path: string): Buffer =>
  opened(path, O_RDONLY | O_NONBLOCK, (file) =>
    // What the system says of a folder names it as one.
    fstatSync(file).isDirectory() ? readToEnd(file, path) : regular(file, path).bytes,
  );

/**
 * Reads what a person named: a file, a device such as `/dev/null`, or a pipe such as a shell makes of `<(command)`.
 * Throws what the system says, and a `Trouble` for more than 16 MiB and for a pipe that stays silent for 60 s.
 */
export const readInput = (path: string): Buffer =>
  opened(path, O_RDONLY | O_NONBLOCK, (file) => readToEnd(file, path));

function regular(file: number, path: string): PlainFile {
  const stats = fstatSync(file);
  if (!stats.isFile()) throw new Trouble(`${path} is not a regular file`);
  return { bytes: readToEnd(file, path), stats };
}

function opened<T>(path: string, flags: number, read: (file: number) => T): T {
  const file = openSync(path, flags);
  try {
    return read(file);
  } finally {
    closeSync(file);
  }
}
