import { fstatSync, readSync } from 'node:fs';
import { Trouble } from '../errors.ts';

/** More than any file that is read here holds: a config.toml of 10,000 runners has 5 MB. */
export const mostBytes = 16 * 1024 * 1024;

/** What is thrown for an input that does not end before `mostBytes`; `what` names it. */
export const tooLarge = (what: string): Trouble =>
  new Trouble(`${what} is larger than 16 MiB.`, {
    why: 'Larger files are not supported.',
    hint: 'Check the file name.',
  });

/** How long a pipe may be silent, in milliseconds. */
const usualPatience = 60_000;

/**
 * Reads an open file, opened without waiting, to its end. A pipe may be silent as long as `patience` says, in
 * milliseconds, and before that as long until somebody opens it for writing. Throws what the system says, and a `Trouble`
 * that names the path for more than 16 MiB and for a pipe that stays silent.
 */
export function readToEnd(file: number, path: string, patience = usualPatience): Buffer {
  const stats = fstatSync(file);
  if (stats.size > mostBytes) throw tooLarge(path);
  const mayBeUnopened = stats.isFIFO() && !isInherited(path);
  const pieces: Buffer[] = [];
  let length = 0;
  // A file is as long as it says; large buffers take time of their own.
  const least = stats.isFile() ? 2_000 : 64 * 1024;
  for (;;) {
    const piece = Buffer.allocUnsafe(Math.max(stats.size - length + 1, least));
    const isOpened = !mayBeUnopened || length > 0;
    const more = untilSaid(() => readNow(file, piece), isOpened, patience);
    if (more === undefined) throw silent(path, patience);
    if (more === 0) return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
    length += more;
    if (length > mostBytes) throw tooLarge(path);
    pieces.push(piece.subarray(0, more));
  }
}

// The other end was open when this process was started.
const isInherited = (path: string): boolean => /^\/(dev\/(fd\/|stdin$)|proc\/)/.test(path);

// A pipe that nobody has opened for writing looks like one that is at its end.
function untilSaid(read: () => number | undefined, isOpened: boolean, patience: number): number | undefined {
  let until: number | undefined;
  for (;;) {
    const more = read();
    if (more !== undefined && (more > 0 || isOpened)) return more;
    // Node loads its clock when it is first used, and nearly every file says something at once.
    until ??= performance.now() + patience;
    if (performance.now() >= until) return undefined;
    pause(20);
  }
}

const silent = (path: string, patience: number): Trouble =>
  new Trouble(`${path} is a pipe without a writer.`, {
    why: `No data arrived within ${patience / 1000} seconds.`,
    hint: 'Start the program that writes to the pipe, or use a file.',
  });

function readNow(file: number, piece: Buffer): number | undefined {
  try {
    return readSync(file, piece);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined;
    throw error;
  }
}

const pause = (milliseconds: number): void =>
  void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
