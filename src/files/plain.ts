import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { Trouble } from '../errors.ts';

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
 * `Trouble` for a pipe, a device or the like.
 */
export function readPlainFile(path: string): PlainFile {
  const file = openSync(path, plainly);
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw new Trouble(`${path} is not a regular file`);
    return { bytes: readFileSync(file), stats };
  } finally {
    closeSync(file);
  }
}
