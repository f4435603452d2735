import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { Trouble } from '../../errors.ts';
import { shellLine } from '../../text/shell-quote.ts';
import type { RunnerLog } from './runner-log.ts';

/**
 * A file that a service writes what gitlab-runner logs to. Its lines have no time in them: those since a moment are
 * those that were added after the call of this function.
 */
export function logFile(path: string): RunnerLog {
  const begin = statSync(path, { throwIfNoEntry: false });
  return {
    name: path,
    command: shellLine(['tail', '-n', '50', path]),
    read: async (since) => linesFrom(path, since === undefined ? undefined : begin),
  };
}

/** Of a longer log the end is read. */
const mostBytes = 1024 * 1024;

function linesFrom(path: string, begin: Stats | undefined): string[] {
  try {
    const { O_RDONLY, O_NONBLOCK = 0 } = constants;
    const file = openSync(path, O_RDONLY | O_NONBLOCK);
    try {
      const { size, ino } = fstatSync(file);
      // A shorter one than before is a new one, and so is another one, as after a rotation.
      const isNew = begin === undefined || size < begin.size || ino !== begin.ino;
      const from = Math.max(isNew ? 0 : begin.size, size - mostBytes);
      const bytes = Buffer.alloc(size - from);
      const length = readSync(file, bytes, 0, bytes.length, from);
      return bytes.toString('utf8', 0, length).split('\n').filter(Boolean);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw new Trouble(`The log ${path} cannot be read.`, {
      why: (error as Error).message,
      hint: 'Run the command as a user who can read it.',
    });
  }
}
